using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>A gateway process from its banner to its end.</summary>
public sealed class RunningTests : IDisposable
{
    private readonly HttpClient client = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => client.Dispose();

    [Fact]
    public async Task Banner_OfAGatewayOnAllAddresses_NamesOnlyThoseThatOpen()
    {
        await using var run = await GatewayRun.Start("--port 0").UpAsync();

        run.Output[0].ShouldMatch(@"^Webstream \d+\.\d+\.\d+$");
        run.Addresses[0].Host.ShouldBe("localhost");
        run.Addresses.ShouldAllBe(address => address.Host != "0.0.0.0" && address.Port > 0);
        foreach (var address in run.Addresses)
        {
            (await client.GetStringAsync(new Uri(address, "/"), Stop)).ShouldContain("<html");
        }

        run.Output.ShouldContain(line => line.Contains($"curl -N {run.Addresses[0].ToString().TrimEnd('/')}/stream", StringComparison.Ordinal));
        run.Errors.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("--host 127.0.0.1 --port 0", "localhost")]
    [InlineData("--urls http://127.0.0.1:0", "localhost")]
    [InlineData("--host 127.0.0.2 --port 0", "127.0.0.2")]
    public async Task Banner_OfAGatewayOnOneAddress_NamesThatOne(string arguments, string host)
    {
        Assert.SkipUnless(host == "localhost" || OperatingSystem.IsLinux(), "Only Linux has the whole of 127.0.0.0/8.");
        await using var run = await GatewayRun.Start(arguments).UpAsync();

        run.Addresses.ShouldHaveSingleItem().Host.ShouldBe(host);
        (await InfoAsync(run)).GetProperty("name").GetString().ShouldBe("webstream");
    }

    [Theory]
    [InlineData("loopback", "", "from this machine at http://localhost:PORT; at other addresses once WEBSTREAM_API_KEY is set")]
    [InlineData("loopback", "secret-of-the-tests", "from this machine at http://localhost:PORT, and otherwise with the key of WEBSTREAM_API_KEY")]
    [InlineData("key", "secret-of-the-tests", "with the key of WEBSTREAM_API_KEY")]
    [InlineData("key", "", "with a key that webstream-gateway keys new makes: Webstream__Write=key, and no WEBSTREAM_API_KEY is set")]
    [InlineData("Open", "", "open to everybody who reaches this gateway (Webstream__Write=open)")]
    public async Task Banner_TellsWhoMayWrite(string policy, string key, string words)
    {
        await using var run = await GatewayRun.Start("--host 127.0.0.1 --port 0", ("Webstream__Write", policy), ("WEBSTREAM_API_KEY", key)).UpAsync();

        (await run.LineAsync("  writing  ")).ShouldBe($"  writing  {words.Replace("PORT", $"{run.Addresses[0].Port}", StringComparison.Ordinal)}");
        run.Output.ShouldAllBe(line => !line.Contains("secret-of-the-tests", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("open", "open to everybody who reaches this gateway; Webstream__Read=key asks for a key")]
    [InlineData("key", "with a key (Webstream__Read=key)")]
    public async Task Banner_TellsWhoMayRead(string policy, string words)
    {
        await using var run = await GatewayRun.Start("--host 127.0.0.1 --port 0", ("Webstream__Read", policy)).UpAsync();

        (await run.LineAsync("  reading  ")).ShouldBe($"  reading  {words}");
    }

    [Theory]
    [InlineData("--host 127.0.0.1 --port 0", false, "Webstream__Write", "open")]
    [InlineData("--host 0.0.0.0 --port 0", false, "Webstream__Write", "key")]
    [InlineData("--host 0.0.0.0 --port 0", true, "Webstream__Write", "open")]
    [InlineData("--host 127.0.0.1 --port 0", true, "Webstream__Write", "open", "WEBSTREAM_PUBLIC_URL", "https://stream.example.org")]
    [InlineData("--host 127.0.0.1 --port 0", true, "Webstream__Write", "open", "Webstream__TrustedProxies", "10.0.0.1")]
    [InlineData("--host 0.0.0.0 --port 0", true, "Webstream__Streams__0__Match", "chat.*", "Webstream__Streams__0__Write", "open")]
    public async Task Banner_OfAGatewayThatOthersReach_WarnsOfOpenWriting(string arguments, bool warns, params string[] settings)
    {
        await using var run = await GatewayRun.Start(arguments, [.. settings.Chunk(2).Select(setting => (setting[0], setting[1]))]).UpAsync();
        await run.LineAsync("  writing  ");

        run.Output.Any(line => line.StartsWith("  warning  EVERYBODY who reaches this gateway may push", StringComparison.Ordinal)).ShouldBe(warns);
    }

    [Fact]
    public async Task Banner_WithAPublicAddress_SaysItFirst()
    {
        await using var run = await GatewayRun.Start("--host 127.0.0.1 --port 0", ("WEBSTREAM_PUBLIC_URL", "https://stream.example.org")).UpAsync();

        run.Addresses[0].ShouldBe(new Uri("https://stream.example.org"));
        run.Addresses[1].Host.ShouldBe("localhost");
    }

    [Fact]
    public async Task Key_OfTheEnvironment_IsTheKey()
    {
        await using var run = await GatewayRun.Start(
            "--host 127.0.0.1 --port 0", ("WEBSTREAM_API_KEY", "secret-of-the-tests"), ("Webstream__Write", "key")).UpAsync();

        (await PushAsync(run, "no key")).ShouldBe(401);
        client.DefaultRequestHeaders.Add("X-API-Key", "secret-of-the-tests");
        (await PushAsync(run, "key")).ShouldBe(200);
    }

    [Fact]
    public async Task Gateways_TwoOnOneMachine_NeitherCollideNorMeet()
    {
        var runs = await Task.WhenAll(
            GatewayRun.Start("--host 127.0.0.1 --port 0").UpAsync(), GatewayRun.Start("--host 127.0.0.1 --port 0").UpAsync());
        await using var one = runs[0];
        await using var other = runs[1];
        await using var listener = await TestListener.ConnectAsync(new(other.Addresses[0], "/stream"));

        (await PushAsync(one, "for the one")).ShouldBe(200);
        (await PushAsync(other, "for the other")).ShouldBe(200);

        (await listener.NextAsync()).Data.ShouldEndWith("for the other");
        (await InfoAsync(one)).GetProperty("instance").GetString().ShouldNotBe((await InfoAsync(other)).GetProperty("instance").GetString());
        await one.LineAsync("Active clients: 0");
        await other.LineAsync("Active clients: 1");
    }

    [Fact]
    public async Task Push_LogsOneLineWithTheActiveClients()
    {
        await using var run = await GatewayRun.Start("--host 127.0.0.1 --port 0").UpAsync();
        await using var listener = await TestListener.ConnectAsync(new(run.Addresses[0], "/stream"));
        var before = run.Output.Count;

        (await PushAsync(run, "text\nwith a line")).ShouldBe(200);
        (await run.LineAsync("Active clients: 1")).ShouldContain("Pushed main ");
        run.Terminate();
        (await run.EndAsync()).ShouldBe(0);

        run.Output.Skip(before).ShouldHaveSingleItem().ShouldEndWith("Active clients: 1");
        run.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Sigterm_WithListeners_SendsEachHomeProperly()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no SIGTERM.");
        await using var run = await GatewayRun.Start("--host 127.0.0.1 --port 0").UpAsync();
        var listeners = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            BlockListener.ConnectAsync(new(run.Addresses[0], $"/stream/s{i % 3}"))));

        run.Terminate();

        var delays = new HashSet<int>();
        foreach (var listener in listeners)
        {
            using (listener)
            {
                // The rest is only the delay after which they come back, different for each, and the proper end of the HTTP answer.
                var rest = await listener.RestAsync();
                rest.ShouldMatch(@"\Aretry: \d+\n\n\z");
                delays.Add(int.Parse(rest.AsSpan("retry: ".Length).TrimEnd(), null));
            }
        }

        delays.ShouldAllBe(delay => delay >= 1000 && delay <= 15_000);
        delays.Count.ShouldBeGreaterThan(1);
        (await run.EndAsync()).ShouldBe(0);
        run.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task WorkingDirectory_OfAStranger_ChangesNothing()
    {
        var directory = Directory.CreateTempSubdirectory("webstream-test-");
        try
        {
            const string Settings =
                """{"Webstream":{"Write":"open","ApiKey":"evil","AllowedOrigins":"https://evil.example"},"Kestrel":{"Endpoints":{"X":{"Url":"http://127.0.0.1:1"}}}}""";
            await File.WriteAllTextAsync(Path.Combine(directory.FullName, "appsettings.json"), Settings, Stop);
            await File.WriteAllTextAsync(Path.Combine(directory.FullName, "appsettings.Production.json"), Settings, Stop);
            Directory.CreateDirectory(Path.Combine(directory.FullName, "wwwroot"));
            await File.WriteAllTextAsync(Path.Combine(directory.FullName, "wwwroot", "index.html"), "evil", Stop);
            await using var run = await GatewayRun.Start("--host 127.0.0.1 --port 0", directory.FullName).UpAsync();

            (await run.LineAsync("  writing  ")).ShouldStartWith("  writing  from this machine at http://localhost:");
            (await client.GetStringAsync(run.Addresses[0], Stop)).ShouldNotContain("evil");
            client.DefaultRequestHeaders.Add("X-API-Key", "evil");
            client.DefaultRequestHeaders.Add("Via", "1.1 proxy");
            (await PushAsync(run, "text")).ShouldBe(401);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private async Task<JsonElement> InfoAsync(GatewayRun run) =>
        await client.GetFromJsonAsync<JsonElement>(new Uri(run.Addresses[0], "/api/info"));

    private async Task<int> PushAsync(GatewayRun run, string text)
    {
        using var body = new StringContent(text, Encoding.UTF8, "text/plain");
        using var answer = await client.PostAsync(new Uri(run.Addresses[0], "/api/push"), body);
        return (int)answer.StatusCode;
    }
}
