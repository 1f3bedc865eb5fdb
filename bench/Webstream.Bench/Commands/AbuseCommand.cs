using System.CommandLine;
using System.Net;
using Webstream.Bench.Abuse;
using Webstream.Bench.Listening;
using Webstream.Bench.Measuring;
using Webstream.Bench.Pushing;

namespace Webstream.Bench.Commands;

/// <summary>Measures the effect of attacks on a gateway, and on a stream that is not attacked.</summary>
internal sealed class AbuseCommand
{
    private const string All = "all";

    private readonly Option<string[]> _scenarios = new("--scenario")
    {
        Description = $"Which, by name; {All}: every one that the gateway is fit for",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [All],
    };

    private readonly Option<string> _url = new("--url")
    {
        Description = "The gateway's address; loopback only",
        DefaultValueFactory = _ => "http://127.0.0.1:8000",
    };

    private readonly Option<int> _pid = new("--pid") { Description = "The gateway's process id", Required = true };

    private readonly Option<int> _seconds = new("--seconds")
    {
        Description = "How long each attack goes on",
        DefaultValueFactory = _ => 10,
    };

    private readonly Option<double> _mostWait = new("--most-wait")
    {
        Description = "How many seconds the canary may wait for an answer or a message",
        DefaultValueFactory = _ => 2,
    };

    private readonly Option<int> _tries = new("--tries")
    {
        Description = "How often to try a scenario in which the canary only waited too long: the machine may have had other work",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<string?> _redis = new("--redis") { Description = "The Redis that the gateway uses, host:port; loopback only" };

    private readonly Option<string?> _key = new("--key") { Description = "The API key, when the gateway wants one" };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object for each scenario, in a line" };

    public static Command Create()
    {
        var abuse = new AbuseCommand();
        var command = new Command("abuse", "Attacks, each with a canary beside it: a stream that was there before and must not notice")
        {
            abuse._scenarios, abuse._url, abuse._pid, abuse._seconds, abuse._mostWait, abuse._tries, abuse._redis, abuse._key, abuse._json,
        };
        command.SetAction(abuse.Run);
        return command;
    }

    private int Run(ParseResult arguments)
    {
        var target = Target.Parse(arguments.GetValue(_url)!);
        var pid = arguments.GetValue(_pid);
        var server = new ServerProcess([pid]);
        var redis = arguments.GetValue(_redis) is { } address ? new RedisMemory(address) : null;
        var duration = TimeSpan.FromSeconds(CommonOptions.InRange("--seconds", arguments.GetValue(_seconds), 1, 300));
        var tries = CommonOptions.InRange("--tries", arguments.GetValue(_tries), 1, 10);
        var mostWait = TimeSpan.FromSeconds(Math.Clamp(arguments.GetValue(_mostWait), 0, 60));
        var key = arguments.GetValue(_key);
        var scenarios = Choose(arguments.GetValue(_scenarios)!, AllScenarios.For(redis));
        var stream = $"abuse-{Guid.NewGuid():N}"[..14];
        WarmUp(target, key, server);

        var code = 0;
        foreach (var (place, scenario) in scenarios.Index())
        {
            if (scenario.Unfit(pid) is { } reason)
            {
                Console.Error.WriteLine($"{scenario.Name} was left out: {reason}");
                code = scenarios.Count == 1 ? 2 : code;
                continue;
            }

            var (report, fit) = RunOne(scenario, () => new Attack(target, SourceOf(place), key, pid, duration), new AbuseSettings(server, key, stream, mostWait), tries);
            report.Print(Console.Out, arguments.GetValue(_json));
            code = Math.Max(code, report.ExitCode);
            if (!fit)
            {
                Console.Error.WriteLine($"The gateway is not fit for more. Not run: {string.Join(", ", scenarios.Skip(place + 1).Select(s => s.Name).DefaultIfEmpty("none"))}");
                return 1;
            }
        }

        return code;
    }

    /// <summary>The report of the last try, and whether the gateway is fit for another scenario.</summary>
    private static (Report Report, bool Fit) RunOne(Scenario scenario, Func<Attack> attack, AbuseSettings settings, int tries)
    {
        while (true)
        {
            var run = new AbuseRun(attack(), scenario, settings);
            var (report, fit) = run.Run();
            if (!run.OnlyWaited || --tries == 0)
            {
                return (report, fit);
            }
        }
    }

    private static List<Scenario> Choose(string[] names, IReadOnlyList<Scenario> all) =>
        names.FirstOrDefault(name => name != All && all.All(s => s.Name != name)) is { } unknown
            ? throw new UsageException($"--scenario {unknown}: one of {string.Join(", ", all.Select(s => s.Name))}, or {All}")
            : [.. all.Where(s => names.Contains(All) || names.Contains(s.Name))];

    /// <summary>Warms the gateway up: the memory that it needs anyway must not count as left behind by an attack.</summary>
    private static void WarmUp(Target target, string? key, ServerProcess server)
    {
        var streams = new OrleansStreamIds($"abuse-{Guid.NewGuid():N}"[..14], 1);
        var listening = new ListenerSettings
        {
            Targets = [target],
            Server = ServerKind.All[0],
            Streams = streams,
            Numbering = new Numbering(1, connections: 1, batch: 1),
            Count = 100,
            Key = key,
        };
        var pushing = new PushPlan { Targets = [target], Server = ServerKind.All[0], Streams = streams, Connections = 16, Size = 64, Key = key };
        new TrafficRun(listening, pushing, server).WarmUp();
    }

    // The ports of a scenario cannot be used again for a minute, so each scenario has its own address. The canary uses the usual address.
    private static IPAddress SourceOf(int place) => new([127, 0, 1, (byte)(place + 1)]);
}
