using System.CommandLine;
using Webstream.Bench.Listening;
using Webstream.Bench.Measuring;
using Webstream.Bench.Pushing;

namespace Webstream.Bench.Commands;

/// <summary>The subcommands that push. They differ only in their defaults.</summary>
internal sealed class TrafficCommand
{
    private readonly CommonOptions _common;
    private readonly Command _command;
    private readonly Option<int> _messages;
    private readonly Option<double> _seconds;
    private readonly Option<double> _rate;
    private readonly Option<int> _connections;
    private readonly Option<int> _batch;

    private readonly Option<int> _size = new("--size")
    {
        Description = "Bytes of each message's text",
        DefaultValueFactory = _ => 64,
    };

    private readonly Option<int?> _clients = new("--expect-clients")
    {
        Description = "What each answer's count of clients must be: this process's listeners of its stream when absent, -1 not to look",
    };

    private readonly Option<string?> _pushUrl = new("--push-url")
    {
        Description = "The gateway that takes the pushes, when it is another one than the listeners' (loopback only)",
    };

    private readonly Option<int> _wait = new("--wait")
    {
        Description = "Seconds to wait, after the last answer, for what was pushed; what comes later is lost",
        DefaultValueFactory = _ => 60,
    };

    private readonly Option<int> _stalled = new("--stalled")
    {
        Description = "Of the listeners, how many never read after their greeting",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<int> _slow = new("--slow")
    {
        Description = "Of the listeners, how many read 512 bytes every tenth of a second and no more",
    };

    private readonly Option<double> _minutes = new("--minutes")
    {
        Description = "How long to push",
        DefaultValueFactory = _ => 10,
    };

    private readonly Option<double?> _mostGrowth = new("--most-growth")
    {
        Description = "The MiB by which the server's memory may grow after the first minute",
    };

    private readonly Option<bool> _cold = new("--cold")
    {
        Description = "No warm-up before the measurement",
    };

    private TrafficCommand(string name, string description, Defaults defaults)
    {
        _common = new CommonOptions(defaults.Listeners);
        _messages = Of("--messages", "Messages in all; 0: --seconds says when to end", defaults.Messages);
        _seconds = Of("--seconds", "How long to push, instead of --messages", defaults.Seconds);
        _rate = Of("--rate", "Messages a second on a fixed schedule; 0: as fast as answers come", defaults.Rate);
        _connections = Of("--connections", "Keep-alive connections that push", defaults.Connections);
        _batch = Of("--batch", "Messages a request; more than 1 pushes NDJSON", 1);
        _command = new Command(name, description) { _messages, _seconds, _rate, _connections, _batch, _size, _clients, _pushUrl, _wait, _cold };
        _common.AddTo(_command);
        _command.SetAction(Run);
    }

    public static Command Fanout() => new TrafficCommand(
        "fanout",
        "Many listeners, messages at a rate or as fast as answers come",
        new Defaults(Listeners: 1000, Messages: 2000, Connections: 16))._command;

    public static Command Paced() => new TrafficCommand(
        "paced",
        "fanout with ten messages a second for ten seconds",
        new Defaults(Listeners: 1000, Seconds: 10, Rate: 10, Connections: 1))._command;

    public static Command Latency() => new TrafficCommand(
        "latency",
        "From push to receipt, one message at a time",
        new Defaults(Listeners: 1, Messages: 500, Rate: 20, Connections: 1))._command;

    public static Command Publish() => new TrafficCommand(
        "publish",
        "How many messages the server takes, singly or in batches",
        new Defaults(Listeners: 0, Seconds: 10, Connections: 64))._command;

    public static Command Cluster()
    {
        var cluster = new TrafficCommand(
            "cluster",
            "From a push at one gateway to the listeners of another",
            new Defaults(Listeners: 100, Seconds: 10, Rate: 100, Connections: 16));
        cluster._pushUrl.Required = true;
        return cluster._command;
    }

    public static Command Slow()
    {
        var slow = new TrafficCommand(
            "slow",
            "What listeners that read slowly or never do to the others",
            new Defaults(Listeners: 1000, Seconds: 10, Rate: 100, Connections: 4));
        slow._command.Add(slow._stalled);
        slow._command.Add(slow._slow);
        return slow._command;
    }

    public static Command Soak()
    {
        var soak = new TrafficCommand(
            "soak",
            "Whether the server's memory grows under steady traffic",
            new Defaults(Listeners: 1000, Rate: 100, Connections: 4));
        soak._command.Options.Remove(soak._seconds);
        soak._command.Options.Remove(soak._messages);
        soak._command.Add(soak._minutes);
        soak._command.Add(soak._mostGrowth);
        return soak._command;
    }

    private static Option<T> Of<T>(string name, string description, T value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };

    private int Run(ParseResult arguments)
    {
        var listening = _common.ReadListeners(arguments);
        if (_command.Options.Contains(_stalled))
        {
            var stalled = CommonOptions.InRange("--stalled", arguments.GetValue(_stalled), 0, listening.Count);
            var slow = CommonOptions.InRange("--slow", arguments.GetValue(_slow), 0, listening.Count - stalled);
            listening = listening with { Stalled = stalled, Slow = slow };
        }

        var plan = ReadPlan(arguments, listening);
        var server = _common.ReadServer(arguments);
        using var watch = _command.Options.Contains(_minutes) ? new Watch(plan.Duration, arguments.GetValue(_mostGrowth)) : null;
        if (watch is not null && !server.Known)
        {
            throw new UsageException($"{_command.Name} needs --pid: it watches the server's process");
        }

        var run = new TrafficRun(listening with { Numbering = plan.Numbering }, plan, server, watch);
        if (!arguments.GetValue(_cold))
        {
            run.WarmUp();
        }

        var title = $"{_command.Name}: {listening.Count} listeners on {listening.Where}, {DescribeStreams(plan.Streams)}; {Describe(plan)}, to {plan.Where}";
        var report = new Report(title);
        run.Measure(report);
        return _common.Print(arguments, report);
    }

    private PushPlan ReadPlan(ParseResult arguments, ListenerSettings listening)
    {
        // A user who sets the seconds does not want the default number of messages.
        var timed = arguments.GetResult(_seconds) is { Implicit: false };
        var seconds = _command.Options.Contains(_minutes) ? arguments.GetValue(_minutes) * 60 : arguments.GetValue(_seconds);
        var plan = new PushPlan
        {
            Targets = arguments.GetValue(_pushUrl) is { } pushUrl ? [Target.Parse(pushUrl)] : listening.Targets,
            Streams = listening.Streams,
            Server = listening.Server,
            Key = listening.Key,
            ExpectedClients = ExpectClients(listening, arguments.GetValue(_clients)),
            Messages = timed ? 0 : CommonOptions.InRange("--messages", arguments.GetValue(_messages), 0, int.MaxValue / 2),
            Duration = TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 86_400)),
            Wait = TimeSpan.FromSeconds(CommonOptions.InRange("--wait", arguments.GetValue(_wait), 1, 3600)),
            Rate = arguments.GetValue(_rate),
            Connections = CommonOptions.InRange("--connections", arguments.GetValue(_connections), 1, 1000),
            Batch = CommonOptions.InRange("--batch", arguments.GetValue(_batch), 1, 256),
            Size = CommonOptions.InRange("--size", arguments.GetValue(_size), Marker.MaxLength, 64 * 1024),
        };
        if (plan.Rate < 0 || seconds is < 0 or > 86_400)
        {
            throw new UsageException("--rate must not be negative, --seconds not more than a day");
        }

        if (plan.Batch > 1 && plan.Server != ServerKind.All[0])
        {
            throw new UsageException($"--batch: the server {plan.Server.Name} takes no batches");
        }

        return plan.Messages > 0 || seconds > 0
            ? plan
            : throw new UsageException("--messages or --seconds must say when to end");
    }

    /// <summary>The expected count of each stream. Null when there is none: a peer reports no count, or the server may end listeners.</summary>
    private static int[]? ExpectClients(ListenerSettings listening, int? wanted)
    {
        var unknown = listening.Server.Raw || listening.Stalled + listening.Slow > 0;
        return wanted < 0 || (wanted is null && unknown)
            ? null
            : [.. Enumerable.Range(0, listening.Streams.Count).Select(s => wanted ?? listening.Streams.ListenersOf(s, listening.Count))];
    }

    private static string DescribeStreams(OrleansStreamIds streams) =>
        streams.Count == 1 ? $"stream {streams}" : $"{streams.Count} streams, {streams}";

    private static string Describe(PushPlan plan)
    {
        var what = plan.Messages > 0 ? $"{plan.Messages} messages" : $"{plan.Duration.TotalSeconds:0.#} s of messages";
        var when = plan.Rate > 0 ? $"{plan.Rate:0.#} a second" : "as fast as answers come";
        return $"{what} of {plan.Size} bytes, {(plan.Batch > 1 ? $"{plan.Batch} a request" : "one a request")}, {when}, {plan.Connections} connections";
    }

    private sealed record Defaults(int Listeners, int Connections, int Messages = 0, double Seconds = 0, double Rate = 0);
}
