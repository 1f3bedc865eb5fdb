using System.Net;
using System.Net.Sockets;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>Starts that must not succeed, and the two starts that only answer.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task Help_ListsTheOptionsAndEndsWell()
    {
        await using var run = GatewayRun.Start("--help");

        (await run.EndAsync()).ShouldBe(0);
        var text = string.Join('\n', run.Output);
        foreach (var option in new[] { "--urls", "--host", "--port", "--version", "WEBSTREAM_API_KEY", "8000" })
        {
            text.ShouldContain(option);
        }

        run.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Version_IsOneLine()
    {
        await using var run = GatewayRun.Start("--version");

        (await run.EndAsync()).ShouldBe(0);
        run.Output.ShouldHaveSingleItem().ShouldMatch(@"^\d+\.\d+\.\d+$");
    }

    [Theory]
    [InlineData("--nonsense", "Unrecognized command or argument '--nonsense'.")]
    [InlineData("start", "Unrecognized command or argument 'start'.")]
    [InlineData("--port x", "--port is a number from 0 to 65535.")]
    [InlineData("--port 65536", "--port is a number from 0 to 65535.")]
    [InlineData("--port -1", "--port is a number from 0 to 65535.")]
    [InlineData("--urls http://127.0.0.1:0 --port 0", "--urls says everything: leave out --host and --port, or --urls.")]
    [InlineData("--urls http://127.0.0.1:0 --host 127.0.0.1", "--urls says everything: leave out --host and --port, or --urls.")]
    [InlineData("--log g.log", "--log and --lock belong to --detached.")]
    [InlineData("--lock g.lock", "--log and --lock belong to --detached.")]
    [InlineData("--detached --log g --lock ./g", "--log and --lock are two files.")]
    [InlineData("--detached --log g --lock g.1", "--log and --lock are two files.")]
    public async Task Arguments_ThatAreWrong_AreNamedAndEndTheStart(string arguments, string error)
    {
        await using var run = GatewayRun.Start(arguments);

        (await run.EndAsync()).ShouldBe((int)ExitCode.WrongCommandLine);
        run.Errors.ShouldContain(error);
        run.Errors.ShouldAllBe(line => !line.Contains("   at ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--urls nonsense", "'nonsense' is not an address to listen on. Write it as http://127.0.0.1:8000.")]
    [InlineData("--urls http://unix:/no/such/folder/w.sock", "Cannot listen on http://unix:/no/such/folder/w.sock: Cannot assign requested address.")]
    [InlineData("--host localhost --port 0", "localhost is two addresses, which cannot share a free port. Write 127.0.0.1 for port 0.")]
    [InlineData("--host no.such.name --port 0", "http://no.such.name:0 has a name for its address. Write localhost or an address of this machine, for example 127.0.0.1, or 0.0.0.0 for all of them.")]
    [InlineData("--host 203.0.113.7 --port 0", "Cannot listen on http://203.0.113.7:0: Cannot assign requested address.")]
    public Task Address_ThatCannotBeListenedOn_IsOneLine(string arguments, string error) => RefusesAsync(arguments, error, ExitCode.Refused);

    [Theory]
    [InlineData("--host 127.0.0.1 --port {0}", "http://127.0.0.1:{0}")]
    [InlineData("--host localhost --port {0}", "http://localhost:{0}")]
    [InlineData("--port {0}", "http://0.0.0.0:{0}")]
    [InlineData("--urls http://127.0.0.1:{0}", "http://127.0.0.1:{0}")]
    public async Task Port_InUse_IsOneLineThatSaysWhatToDo(string arguments, string address)
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        await RefusesAsync(
            string.Format(null, arguments, port),
            $"{string.Format(null, address, port)} is in use by another program. Choose another port with --port, for example --port 9000, or end that program.",
            ExitCode.InUse);
    }

    [Theory]
    [InlineData("Webstream__Write", "foo", "Webstream__Write is loopback, key or open.")]
    [InlineData("Webstream__Write", "2", "Webstream__Write is loopback, key or open.")]
    [InlineData("Webstream__Write", "key,open", "Webstream__Write is loopback, key or open.")]
    [InlineData("Webstream__Write", "", "Webstream__Write is loopback, key or open.")]
    [InlineData("WEBSTREAM_PUBLIC_URL", "stream.example", "Webstream__PublicUrl (WEBSTREAM_PUBLIC_URL) is an address that people open, for example https://stream.example.org.")]
    [InlineData("Webstream__PublicUrl", "ftp://stream.example", "Webstream__PublicUrl (WEBSTREAM_PUBLIC_URL) is an address that people open, for example https://stream.example.org.")]
    [InlineData("Webstream__AllowedHosts", "https://stream.example.org:8443", "Webstream__AllowedHosts has 'https://stream.example.org:8443', which is not a name. Write the name alone, without scheme, port and path: stream.example.org.")]
    [InlineData("Webstream__AllowedOrigins", "null", "Webstream__AllowedOrigins has 'null', which is what browsers send for every sandboxed page and every file. Serve the page by a web server, and write its origin: https://app.example.org.")]
    [InlineData("Webstream__TrustedProxies", "10.1.2.3/8", "Webstream__TrustedProxies has '10.1.2.3/8', which begins within a network. Write 10.0.0.0/8 for the network, or 10.1.2.3 for the one proxy.")]
    [InlineData("Webstream__Log__RetainedMessages", "0", "Webstream__Log__RetainedMessages is a number from 1 to 10000000, for example 10000.")]
    [InlineData("Webstream__Log__RetainedMessages", "abc", "Webstream__Log__RetainedMessages is a number from 1 to 10000000, for example 10000.")]
    [InlineData("Webstream__Log__Retention", "forever", "Webstream__Log__Retention is a time from one second up, for example 1.00:00:00 for a day.")]
    [InlineData("Webstream__Stream__PollPeriod", "fast", "Webstream__Stream__PollPeriod is a time from 1 millisecond to 5 seconds, for example 00:00:00.500.")]
    [InlineData("Webstream__Push__PerSecond", "-1", "Webstream__Push__PerSecond is a number from 0 (no limit) to 1000000.")]
    [InlineData("Webstream__Listeners__Keepalive", "00:00:00", "Webstream__Listeners__Keepalive is a time from 1 second to 10 minutes, for example 00:00:30.")]
    [InlineData("Webstream__Presence__Lease", "00:00:01", "Webstream__Presence__Lease is at least twice Webstream__Presence__ReportInterval, or live gateways would be forgotten.")]
    [InlineData("Webstream__Cluster__Silos", "nowhere", "Webstream__Cluster__Silos has 'nowhere', which is not an address and port such as 127.0.0.1:30000.")]
    [InlineData("Webstream__Memory__Bodies", "64", "Webstream__Memory__Bodies is a number of bytes, at least 32768, or 0 for a part of the limit.")]
    [InlineData("Webstream__Memory__Held", "lots", "Webstream__Memory__Held is a number of bytes, at least 32768, or 0 for a part of the limit.")]
    [InlineData("Webstream__Memory__Limit", "512", "Webstream__Memory__Limit is a number of bytes, at least 67108864, or 0 for the limit that the system sets.")]
    [InlineData("Webstream__Hub__Lingers", "00:00:15", "Webstream__Hub__Lingers is not a setting. There are Webstream__Hub__HoleGrace, Webstream__Hub__Linger.")]
    [InlineData("Webstream__Queues__WaitingPushes", "1", "Webstream__Queues is not a setting. There are Webstream__AllowedHosts, Webstream__AllowedOrigins, Webstream__ApiKey, Webstream__Cluster, Webstream__Connections, Webstream__Console, Webstream__Hub, Webstream__IdleExit, Webstream__Jwt, Webstream__Keys, Webstream__Limits, Webstream__Listeners, Webstream__Log, Webstream__Memory, Webstream__Metrics, Webstream__Presence, Webstream__PublicUrl, Webstream__Push, Webstream__Queue, Webstream__Read, Webstream__Stream, Webstream__Streams, Webstream__TrustedProxies, Webstream__Write.")]
    public Task Setting_ThatIsWrong_IsOneLineThatSaysWhatToWrite(string name, string value, string error) =>
        RefusesAsync("--host 127.0.0.1 --port 0", error, ExitCode.Refused, (name, value));

    [Theory]
    [InlineData("ASPNETCORE_URLS", "http://127.0.0.1:99999", "ASPNETCORE_URLS has 'http://127.0.0.1:99999', which has a port that is not a number from 0 to 65535. Write it as http://127.0.0.1:8000.")]
    [InlineData("ASPNETCORE_URLS", "https://127.0.0.1:0", "An https address needs a certificate. Set Kestrel__Certificates__Default__Path to a .pfx file, and Kestrel__Certificates__Default__Password to its password, or listen on http.")]
    public Task Address_OfASetting_IsRefusedWithTheSettingsName(string name, string value, string error) => RefusesAsync("", error, ExitCode.Refused, (name, value));

    private const string Placeholder = "holds a placeholder, such as ${NAME} or your-key, that nothing has filled in. Write the value itself, or leave the setting out.";

    [Theory]
    [InlineData("WEBSTREAM_API_KEY", "${user_config.api_key}", "Webstream__ApiKey (WEBSTREAM_API_KEY) " + Placeholder)]
    [InlineData("Webstream__ApiKey", "your-key", "Webstream__ApiKey (WEBSTREAM_API_KEY) " + Placeholder)]
    [InlineData("Webstream__Write", "${input:write}", "Webstream__Write " + Placeholder + " Webstream__Write is loopback, key or open.")]
    [InlineData("Webstream__AllowedHosts", "a.example,${OTHER}", "Webstream__AllowedHosts " + Placeholder)]
    [InlineData("Webstream__Log__MaxStreams", "%MAX%", "Webstream__Log__MaxStreams " + Placeholder + " Webstream__Log__MaxStreams is a number from 1 to 10000000, for example 10000.")]
    [InlineData("WEBSTREAM_API_KEY", "abcdef\n", "Webstream__ApiKey (WEBSTREAM_API_KEY) has a blank, a line break or another character that is not printable ASCII, and clients cannot send it. Write the key alone (printf %s, not echo, makes a file without a line break).")]
    [InlineData("WEBSTREAM_API_KEY", "fifteen-letters", "Webstream__ApiKey (WEBSTREAM_API_KEY) has fewer than 16 characters, and whoever tries often enough guesses it. Make another one: openssl rand -hex 32")]
    [InlineData("Webstream__Read", "loopback", "Webstream__Read is open or key.")]
    public Task Setting_ThatNothingHasFilledIn_IsOneLineThatNamesIt(string name, string value, string error) =>
        RefusesAsync("--host 127.0.0.1 --port 0", error, ExitCode.Refused, (name, value));

    [Fact]
    public async Task Start_WithANewHome_SaysNothingBesideTheBannerAndWritesNothing()
    {
        var home = Directory.CreateTempSubdirectory("webstream-home-");
        try
        {
            await using var run = await GatewayRun.Start("--host 127.0.0.1 --port 0", ("HOME", home.FullName)).UpAsync();

            run.Terminate();

            (await run.EndAsync()).ShouldBe((int)ExitCode.Ended);
            run.Output[0].ShouldStartWith("Webstream ");
            run.Output.Skip(1).ShouldAllBe(line => line.StartsWith("  ", StringComparison.Ordinal));
            run.Errors.ShouldBeEmpty();
            home.EnumerateFileSystemInfos().ShouldBeEmpty();
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Signal_WhileTheGatewayWaitsForRedis_EndsItWithoutAnotherLine()
    {
        await using var run = GatewayRun.Start("--host 127.0.0.1 --port 0", ("Webstream__Cluster__Redis", "127.0.0.1:1"));
        await run.LineAsync("Waiting for Redis");

        run.Terminate();

        (await run.EndAsync()).ShouldBe((int)ExitCode.Ended);
        run.Output.ShouldHaveSingleItem();
        run.Errors.ShouldBeEmpty();
    }

    private static async Task RefusesAsync(string arguments, string error, ExitCode code, params (string, string)[] environment)
    {
        await using var run = GatewayRun.Start(arguments, environment);

        (await run.EndAsync()).ShouldBe((int)code);
        run.Errors.ShouldBe([$"webstream-gateway: {error}"]);
        run.Output.ShouldBeEmpty();
    }
}
