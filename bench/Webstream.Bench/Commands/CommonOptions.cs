using System.CommandLine;
using System.Text.RegularExpressions;
using Webstream.Bench.Listening;
using Webstream.Bench.Measuring;

namespace Webstream.Bench.Commands;

/// <summary>The options that every subcommand takes.</summary>
internal sealed partial class CommonOptions
{
    private const int MaxListeners = 15_000;
    private const int MaxStreams = 10_000;

    private readonly Option<string[]> _urls = new("--url")
    {
        Description = "The gateway's address (several: the listeners, and the pushes, are spread over them); loopback only",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => ["http://127.0.0.1:8000"],
    };

    private readonly Option<string> _server = new("--server")
    {
        Description = $"How the server is spoken to: {string.Join(", ", ServerKind.All.Select(s => s.Name))}",
        DefaultValueFactory = _ => ServerKind.All[0].Name,
    };

    private readonly Option<int> _listeners;

    private readonly Option<string?> _stream = new("--stream")
    {
        Description = "The stream's name; a new one for each run when absent",
    };

    private readonly Option<int> _streams = new("--streams")
    {
        Description = "How many streams, named <stream>-<i>; listeners and pushes take them in turn",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<int[]> _pids = new("--pid")
    {
        Description = "The server's process id (several: they are summed), to report its CPU and memory",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string?> _key = new("--key")
    {
        Description = "The API key, when the gateway wants one",
    };

    private readonly Option<int> _threads = new("--threads")
    {
        Description = "Threads that read",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<int> _window = new("--window")
    {
        Description = "Connections on their way at once while opening; 0 opens all at once",
        DefaultValueFactory = _ => 512,
    };

    private readonly Option<string?> _source = new("--source")
    {
        Description = "The loopback address to listen from, for example 127.0.0.2: each has about 28,000 ports",
    };

    private readonly Option<bool> _json = new("--json")
    {
        Description = "Print one JSON object",
    };

    public CommonOptions(int listeners)
    {
        _listeners = new Option<int>("--listeners")
        {
            Description = $"Listeners to open, at most {MaxListeners} a process",
            DefaultValueFactory = _ => listeners,
        };
    }

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _urls, _server, _listeners, _stream, _streams, _pids, _key, _threads, _window, _source, _json })
        {
            command.Add(option);
        }
    }

    public ListenerSettings ReadListeners(ParseResult arguments)
    {
        var source = arguments.GetValue(_source);
        var stream = arguments.GetValue(_stream) ?? $"bench-{Guid.NewGuid():N}"[..14];
        if (!StreamName().IsMatch(stream))
        {
            throw new UsageException($"--stream {stream}: letters, digits and . _ - : only, beginning with a letter or digit");
        }

        var streams = InRange("--streams", arguments.GetValue(_streams), 1, MaxStreams);
        return new ListenerSettings
        {
            Targets = [.. arguments.GetValue(_urls)!.Select(Target.Parse)],
            Server = ServerKind.All.FirstOrDefault(s => s.Name == arguments.GetValue(_server))
                ?? throw new UsageException($"--server {arguments.GetValue(_server)}: one of {string.Join(", ", ServerKind.All.Select(s => s.Name))}"),
            Streams = new OrleansStreamIds(stream, streams),
            Numbering = new Numbering(streams, connections: 1, batch: 1),
            Count = InRange("--listeners", arguments.GetValue(_listeners), 0, MaxListeners),
            Threads = InRange("--threads", arguments.GetValue(_threads), 1, 16),
            Window = InRange("--window", arguments.GetValue(_window), 0, MaxListeners),
            Source = source is null ? null : Target.ParseLoopback(source, "--source"),
            Key = arguments.GetValue(_key),
        };
    }

    public ServerProcess ReadServer(ParseResult arguments) => new(arguments.GetValue(_pids) ?? []);

    public int Print(ParseResult arguments, Report report)
    {
        report.Print(Console.Out, arguments.GetValue(_json));
        return report.ExitCode;
    }

    public static int InRange(string option, int value, int least, int most) =>
        value >= least && value <= most
            ? value
            : throw new UsageException($"{option} {value}: must be from {least} to {most}");

    // Ninety characters, because the warm-up's stream has a suffix.
    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._:-]{0,89}$")]
    private static partial Regex StreamName();
}
