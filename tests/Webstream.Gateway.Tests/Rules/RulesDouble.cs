using Webstream.Gateway.Rules;
using Webstream.Gateway.Snapshots;
using Webstream.Grains;

namespace Webstream.Gateway.Tests.Rules;

/// <summary>Rules that a test sets, and takes away.</summary>
internal sealed class RulesDouble : IRuleSource
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, OwnRule> rules = [];
    private long version = 1;

    /// <summary>How often it was asked.</summary>
    public int Asked { get; private set; }

    /// <summary>It does not answer.</summary>
    public bool IsAway { get; set; }

    /// <summary>An answer comes when this is over.</summary>
    public Task Answers { get; set; } = Task.CompletedTask;

    public void Set(string stream, OwnRule rule)
    {
        lock (gate)
        {
            rules[stream] = rule;
            version++;
        }
    }

    public async Task<RuleList?> ReadAsync(long? known)
    {
        Asked++;
        await Answers;
        lock (gate)
        {
            return IsAway ? throw new TableAwayException("It is away")
                : known == version ? null
                : new(version, [.. rules.Select(one => new NamedRule(one.Key, one.Value))]);
        }
    }
}
