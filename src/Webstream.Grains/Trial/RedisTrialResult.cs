namespace Webstream.Grains.Trial;

/// <summary>What a trial found.</summary>
/// <param name="cluster">The cluster's name.</param>
/// <param name="user">The Redis user of the trial.</param>
/// <param name="commands">The commands that were refused, in the order in which they were tried.</param>
/// <param name="scripts">The scripts that were refused.</param>
internal sealed class RedisTrialResult(
    string cluster,
    string user,
    IReadOnlyList<(RedisProbe Probe, RedisRefusal Refusal)> commands,
    IReadOnlyList<(RedisProbe Probe, RedisRefusal Refusal)> scripts)
{
    private const RedisUse Anything = (RedisUse)(-1);

    /// <summary>
    /// A trouble that passes by itself, or that an operator ends by mending Redis' memory, disk or replicas: worth waiting for. None when there
    /// is no such trouble; then see <see cref="Missing"/>.
    /// </summary>
    public string? Condition => commands.Concat(scripts)
        .Select(one => one.Refusal)
        .FirstOrDefault(IsCondition)?.What;

    /// <summary>Whether Redis reads the first line of a script, which says what the script is.</summary>
    public bool KnowsHead => !scripts.Any(one => one.Refusal.What.Contains("near '#'", StringComparison.Ordinal));

    /// <summary>What is missing, for whatever use, and how to grant it: two sentences on one line. None when nothing is missing.</summary>
    public string? Missing => MissingFor(Anything) ?? Lasting(scripts, Anything).Select(one => one.Refusal.What).FirstOrDefault();

    /// <summary>What keeps the scripts of one use from working: a condition of Redis, or what is missing. None when they work.</summary>
    public string? TroubleWith(RedisUse use) =>
        scripts.FirstOrDefault(one => (one.Probe.For & use) != 0).Refusal is not { } refusal ? null
        : IsCondition(refusal) ? refusal.What
        : MissingFor(use) ?? refusal.What;

    /// <summary>The same without the conditions of Redis: for those the report that nothing can be written is enough.</summary>
    public string? LastingTroubleWith(RedisUse use) =>
        Lasting(scripts, use).Select(one => one.Refusal).FirstOrDefault() is { } refusal ? MissingFor(use) ?? refusal.What : null;

    /// <summary>What is missing for one use, whether or not a script needs it. None when nothing is missing.</summary>
    public string? MissingFor(RedisUse use)
    {
        var lasting = Lasting(commands, use);
        // Redis refuses a command before it checks the command's keys.
        string[] rights = [.. lasting.Where(one => one.Refusal.Kind is RedisRefusalKind.Command).Select(one => one.Refusal.Command ?? one.Probe.Right).Distinct()];
        string[] patterns =
            [.. lasting.Where(one => one.Refusal.Kind is RedisRefusalKind.Key).Select(one => one.Probe.Pattern(cluster)).OfType<string>().Distinct()];
        if (rights.Length + patterns.Length == 0)
        {
            return lasting.Select(one => one.Refusal.What).FirstOrDefault();
        }

        string[] missing = [.. rights.Length > 0 ? [$"run {List(rights)}"] : Array.Empty<string>(), .. patterns.Length > 0 ? [$"use the keys {List(patterns)}"] : Array.Empty<string>()];
        var grant = string.Join(' ', [.. rights.Select(right => $"+{right}"), .. patterns.Select(pattern => $"~{pattern}")]);
        return $"Redis does not let user '{user}' {string.Join(", nor ", missing)}. Grant it there: ACL SETUSER {user} {grant}";
    }

    private static (RedisProbe Probe, RedisRefusal Refusal)[] Lasting(IEnumerable<(RedisProbe Probe, RedisRefusal Refusal)> refused, RedisUse use) =>
        [.. refused.Where(one => (one.Probe.For & use) != 0 && !IsCondition(one.Refusal))];

    private static bool IsCondition(RedisRefusal refusal) => refusal.Kind is RedisRefusalKind.Passing || refusal.IsWholly;

    private static string List(string[] items) => items.Length == 1 ? items[0] : $"{string.Join(", ", items[..^1])} and {items[^1]}";
}
