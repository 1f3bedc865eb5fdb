using System.Net;
using System.Net.Sockets;
using System.Text;
using ModelContextProtocol.Client;
using Webstream.Mcp.Tests.Harness;
using Webstream.Protocol;

namespace Webstream.Mcp.Tests.Gateways;

/// <summary>A gateway that the server finds or starts, with real processes.</summary>
public sealed class AutoStartTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TwoAssistants_AtOnce_StartOneGateway()
    {
        await using var machine = new Machine();
        var clients = await Task.WhenAll(Assistant.StartAsync(machine), Assistant.StartAsync(machine));
        try
        {
            var answers = await Task.WhenAll(clients.Select((client, i) => client.PushAsync($"from {i}")));

            answers.ShouldAllBe(answer => answer.IsError != true);
            machine.GatewayProcesses().ShouldHaveSingleItem();
            var messages = await Machine.Http.GetStringAsync(new Uri(machine.Gateway, "api/streams/main/messages"), Stop);
            messages.ShouldContain("from 0");
            messages.ShouldContain("from 1");
        }
        finally
        {
            foreach (var client in clients)
            {
                await client.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task Gateway_IsUpBeforeTheFirstCall_AndOutlivesTheServerThatStartedIt()
    {
        await using var machine = new Machine();
        string instance;
        await using (await ServerRun.Start(machine).HandshakeAsync())
        {
            instance = (await machine.InfoAsync()).Instance;
            // The server is killed, not asked to end: the worst way in which clients end their servers.
        }

        (await machine.InfoAsync()).Instance.ShouldBe(instance);
        await using var next = await Assistant.StartAsync(machine);
        (await next.PushAsync("to the same one")).Text().ShouldNotContain("could not");
        (await machine.InfoAsync()).Instance.ShouldBe(instance);
        machine.GatewayProcesses().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task History_OfAGatewayThatEnded_IsThereForTheNextAssistant()
    {
        await using var machine = new Machine();
        // On disk, in the machine's state folder.
        machine.Environment.Remove("Webstream__Log__Store");
        string id;
        await using (var first = await Assistant.StartAsync(machine))
        {
            (await first.PushAsync("from the first")).IsError.ShouldNotBe(true);
            id = await HeadAsync();
        }

        await machine.KillAsync(machine.GatewayProcesses().ShouldHaveSingleItem());
        await using var second = await Assistant.StartAsync(machine);
        (await second.PushAsync("from the second")).IsError.ShouldNotBe(true);

        (await HeadAsync()).ShouldBe($"{id[..^1]}2");
        (await machine.InfoAsync()).History.ShouldBe("disk");
        File.Exists(Path.Combine(machine.StateFolder, $"gateway-{machine.Port}.db")).ShouldBeTrue();

        async Task<string> HeadAsync()
        {
            using var stream = System.Text.Json.JsonDocument.Parse(await Machine.Http.GetStringAsync(new Uri(machine.Gateway, "api/streams/main"), Stop));
            return stream.RootElement.GetProperty("head").GetString()!;
        }
    }

    [Fact]
    public async Task Key_OfAGatewayThatAnEarlierAssistantStarted_LetsTheNextOneWrite()
    {
        await using var machine = new Machine();
        (string, string)[] keyed = [("WEBSTREAM_API_KEY", "key-for-the-tests-1"), ("Webstream__Write", "key")];
        await using (var first = await Assistant.StartAsync(machine, environment: keyed))
        {
            (await first.PushAsync("from the first")).Text().ShouldContain("Pushed to the stream main");
        }

        await using var next = await Assistant.StartAsync(machine, environment: keyed);

        (await next.PushAsync("from the next")).Text().ShouldContain("Pushed to the stream main");
        machine.GatewayProcesses().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Gateway_HasItsOwnSessionAndNoneOfTheServersStreams()
    {
        await using var machine = new Machine();
        await using var server = await ServerRun.Start(machine).HandshakeAsync();
        await machine.InfoAsync();
        var process = machine.GatewayProcesses().ShouldHaveSingleItem();

        // The fields after the name, which may contain blanks: state, parent, group, session.
        var stat = await File.ReadAllTextAsync($"/proc/{process}/stat", Stop);
        stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[3].ShouldBe($"{process}");
        File.ResolveLinkTarget($"/proc/{process}/fd/0", returnFinalTarget: false)!.FullName.ShouldBe("/dev/null");
        var log = Path.Combine(machine.StateFolder, $"gateway-{machine.Port}.log");
        File.ResolveLinkTarget($"/proc/{process}/fd/1", returnFinalTarget: false)!.FullName.ShouldBe(log);
        File.ResolveLinkTarget($"/proc/{process}/fd/2", returnFinalTarget: false)!.FullName.ShouldBe(log);
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(log).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    [Fact]
    public async Task Gateway_ThatWasKilled_IsStartedAgainByTheNextCall()
    {
        await using var machine = new Machine();
        await using var client = await Assistant.StartAsync(machine);
        (await client.PushAsync("to the first")).IsError.ShouldNotBe(true);
        var first = await machine.InfoAsync();
        await machine.KillAsync(machine.GatewayProcesses().ShouldHaveSingleItem());

        var answer = await client.PushAsync("to the second");

        answer.IsError.ShouldNotBe(true, answer.Text());
        answer.StructuredContent!.Value.GetProperty("serverStarted").GetBoolean().ShouldBeTrue();
        (await machine.InfoAsync()).Instance.ShouldNotBe(first.Instance);
        // The new gateway begins a new log. The log of the gateway that was killed is still there.
        var log = Path.Combine(machine.StateFolder, $"gateway-{machine.Port}.log");
        (await File.ReadAllTextAsync($"{log}.1", Stop)).Split("Pushed main").Length.ShouldBe(2);
        await Until.TrueAsync(async () => (await File.ReadAllTextAsync(log, Stop)).Split("Pushed main").Length == 2);
    }

    [Fact]
    public async Task Servers_ThatStartAGatewayAndEndAtOnce_StartOneGateway()
    {
        await using var machine = new Machine();
        for (var i = 0; i < 3; i++)
        {
            // The server is killed before the gateway can be up, so that the next server finds nothing on the port.
            await using var server = await ServerRun.Start(machine).HandshakeAsync();
        }

        await using var client = await Assistant.StartAsync(machine);
        (await client.PushAsync("hello")).IsError.ShouldNotBe(true);

        await Until.TrueAsync(() => Task.FromResult(machine.GatewayProcesses().Length == 1));
        var answered = await machine.InfoAsync();
        machine.GatewayProcesses().ShouldHaveSingleItem();
        (await machine.InfoAsync()).Instance.ShouldBe(answered.Instance);
    }

    [Fact]
    public async Task StateFolder_ThatOthersMayWriteTo_IsDoneWithout_AndItsLockGetsNobodyTheKey()
    {
        await using var machine = new Machine();
        (await ProgramRun.OfAsync(["chmod", "777", machine.StateFolder])).ExitCode.ShouldBe(0);

        (string, string)[] keyed = [("WEBSTREAM_API_KEY", "key-for-the-tests-1"), ("Webstream__Write", "key")];
        await using (var first = await Assistant.StartAsync(machine, environment: keyed))
        {
            // The server knows that the gateway is its own, because it has started it.
            (await first.PushAsync("hello")).IsError.ShouldNotBe(true);
        }

        using var held = StartLock.TryTake(Path.Combine(machine.StateFolder, $"gateway-{machine.Port}.lock")).ShouldNotBeNull();
        await using var next = await Assistant.StartAsync(machine, environment: keyed);

        (await next.PushAsync("hello")).Text().ShouldContain("WEBSTREAM_URL");
        Directory.GetFiles(machine.StateFolder).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Port_OfAnotherProgram_IsAnErrorThatNamesItAndSaysWhatToDo()
    {
        await using var machine = new Machine();
        using var other = new TcpListener(IPAddress.Loopback, machine.Port);
        other.Start();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var serving = AnswerAsync(other, stop.Token);
        await using var client = await Assistant.StartAsync(machine);

        var answer = await client.PushAsync("to nobody");

        answer.IsError.ShouldBe(true);
        answer.Text().ShouldContain($"Port {machine.Port} is in use by another program");
        answer.Text().ShouldContain("it answers as 'other/1.0'");
        answer.Text().ShouldContain($"process {Environment.ProcessId}");
        answer.Text().ShouldContain("Pass another port");
        machine.GatewayProcesses().ShouldBeEmpty();
        await stop.CancelAsync();
        await serving;
    }

    [Fact]
    public async Task Port_OfAnotherProgramAtAnotherAddress_IsAnErrorThatNamesIt()
    {
        await using var machine = new Machine();
        // Nothing is at 127.0.0.1, where the server looks.
        using var other = new TcpListener(IPAddress.Parse("127.0.0.2"), machine.Port);
        other.Start();
        await using var client = await Assistant.StartAsync(machine, environment: ("WEBSTREAM_HOST", "127.0.0.2"));

        var answer = await client.PushAsync("to nobody");

        answer.IsError.ShouldBe(true);
        answer.Text().ShouldContain($"Port {machine.Port} is in use by another program");
        answer.Text().ShouldContain($"process {Environment.ProcessId}");
        answer.Text().ShouldContain("Pass another port");
        machine.GatewayProcesses().ShouldBeEmpty();
    }

    [Fact]
    public async Task Ports_AreStartedOnDemand_ButNotMoreThanThree()
    {
        await using var machine = new Machine();
        await using var client = await Assistant.StartAsync(machine);
        var (second, third) = (FreePort.Take(), FreePort.Take());

        (await client.PushAsync("1")).IsError.ShouldNotBe(true);
        (await client.PushAsync("2", ("port", second))).IsError.ShouldNotBe(true);
        (await client.PushAsync("3", ("port", $"{third}"))).IsError.ShouldNotBe(true);
        var refused = await client.PushAsync("4", ("port", FreePort.Take()));
        var low = await client.PushAsync("5", ("port", 80));

        (await machine.InfoAsync(second)).Instance.ShouldNotBe((await machine.InfoAsync(third)).Instance);
        machine.GatewayProcesses().Length.ShouldBe(3);
        refused.IsError.ShouldBe(true);
        refused.Text().ShouldContain("has started 3 gateways already");
        low.IsError.ShouldBe(true);
        low.Text().ShouldContain("1024");
    }

    [Fact]
    public async Task Push_ThatNobodyHears_NamesTheGatewayWhereSomebodyListens()
    {
        await using var machine = new Machine();
        await using var client = await Assistant.StartAsync(machine);
        var port = FreePort.Take();
        (await client.PushAsync("to the other", ("port", port))).IsError.ShouldNotBe(true);
        using var listener = new StreamReader(await Machine.Http.GetStreamAsync($"http://127.0.0.1:{port}/stream", Stop));
        while (!(await listener.ReadLineAsync(Stop))!.Contains("Connected at", StringComparison.Ordinal))
        {
        }

        var answer = await client.PushAsync("to nobody");

        answer.Text().ShouldContain("Active clients: 0");
        answer.StructuredContent!.Value.GetProperty("otherPort").GetInt32().ShouldBe(port);
    }

    [Theory]
    [InlineData("0.0.0.0", "wider than the person allows")]
    [InlineData("example.org", "Leave it out", "leave it out")]
    public async Task Host_OfAModel_IsNeverWiderThanThePersons(string host, params string[] words)
    {
        await using var machine = new Machine();
        await using var client = await Assistant.StartAsync(machine);

        var answer = await client.PushAsync("hello", ("host", host));

        words.ShouldContain(word => answer.Text().Contains(word, StringComparison.Ordinal), answer.Text());
        await machine.InfoAsync();
        (await File.ReadAllTextAsync($"/proc/{machine.GatewayProcesses().ShouldHaveSingleItem()}/cmdline", Stop)).ShouldContain($"http://127.0.0.1:{machine.Port}");
    }

    [Fact]
    public async Task Addresses_AreOnesThatOpen()
    {
        await using var machine = new Machine();
        await using var client = await Assistant.StartAsync(machine, environment: ("WEBSTREAM_HOST", "0.0.0.0"));

        var answer = await client.PushAsync("hello");

        answer.Text().ShouldNotContain("0.0.0.0");
        answer.Text().ShouldContain($"http://localhost:{machine.Port}/");
    }

    [Fact]
    public async Task PublicUrl_IsWhatPeopleAreToldToOpen()
    {
        await using var machine = new Machine();
        await using var client = await Assistant.StartAsync(machine, environment: ("WEBSTREAM_PUBLIC_URL", "https://stream.example.org/live"));

        (await client.PushAsync("hello")).Text().ShouldContain("https://stream.example.org/live/");
    }

    [Fact]
    public async Task WrongSetting_OfTheGateway_IsTold()
    {
        await using var machine = new Machine();
        await using var client = await Assistant.StartAsync(machine, environment: ("Webstream__Write", "nonsense"));

        var answer = await client.PushAsync("hello");

        answer.IsError.ShouldBe(true);
        answer.Text().ShouldContain("Webstream__Write is loopback, key or open.");
    }

    [Fact]
    public async Task Key_OfTheStartedGateway_IsSentToIt()
    {
        await using var machine = new Machine();
        await using var client = await Assistant.StartAsync(machine, environment: [("Webstream__Write", "key"), ("WEBSTREAM_API_KEY", "a-key-for-the-tests")]);

        (await client.PushAsync("hello")).IsError.ShouldNotBe(true);
    }

    private static async Task AnswerAsync(TcpListener other, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var connection = await other.AcceptTcpClientAsync(stop);
                var stream = connection.GetStream();
                await stream.ReadAtLeastAsync(new byte[4096], 1, throwOnEndOfStream: false, stop);
                await stream.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 404 Not Found\r\nServer: other/1.0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), stop);
            }
            catch (Exception end) when (end is OperationCanceledException or IOException)
            {
            }
        }
    }
}
