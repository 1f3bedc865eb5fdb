using System.Globalization;

namespace Webstream.Bench.Abuse.Scenarios;

/// <summary>Uses up the open files that the process may have.</summary>
internal sealed class Descriptors : Scenario
{
    // The number of files that the bench itself can open besides.
    private const int Most = 8192;
    private const int MoreThanAllowed = 300;

    public override string Name => "descriptors";

    public override string Summary => $"{MoreThanAllowed} more connections than the process may have open files, of which half ask";

    public override string? Unfit(int pid) =>
        Limit(pid) is var limit && limit > Most
            ? string.Create(CultureInfo.InvariantCulture, $"the process may open {limit} files; start it with at most {Most}: ulimit -n 1024")
            : null;

    public override void Run(Attack attack)
    {
        var count = (int)Limit(attack.Pid) + MoreThanAllowed;
        var request = attack.Get($"/stream/{attack.Name("file", 0)}");
        using var crowd = new Crowd(attack, new CrowdPlan
        {
            Most = count,
            PerSecond = attack.RateFor(count),
            Request = i => i % 2 == 0 ? [] : request,
            Reads = true,
        });
        crowd.Run(attack.Deadline);
    }

    private static long Limit(int pid)
    {
        const string Name = "Max open files";
        var line = File.ReadLines($"/proc/{pid}/limits").First(l => l.StartsWith(Name, StringComparison.Ordinal));
        var soft = line[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        return soft == "unlimited" ? long.MaxValue : long.Parse(soft, CultureInfo.InvariantCulture);
    }
}
