using Webstream.Grains.Tables;
using Webstream.Protocol;

namespace Webstream.Grains.Rules;

/// <summary>
/// Keeps the rules that streams have of their own, where the histories are kept. A rule that is not as it was written closes its stream. Safe for any
/// thread.
/// </summary>
internal sealed class RuleStore(ITables tables)
{
    // A stream may be named as the version is.
    private const string Prefix = "stream/";

    private const int Tries = 10;

    private readonly ITable table = tables.Open(TableNames.Rules, OwnRule.MaxRules);

    /// <inheritdoc cref="IRuleGrain.Read"/>
    public async Task<RuleList?> ReadAsync(long? known) => await table.ReadAsync(known) is { } contents
        ? new(contents.Version, [.. RulesIn(contents)])
        : null;

    /// <inheritdoc cref="IRuleGrain.Change"/>
    public async Task<RuleOutcome> ChangeAsync(StreamName stream, RuleChange change)
    {
        var id = Prefix + stream.Value;
        for (var tries = 0; tries < Tries; tries++)
        {
            var row = await table.FindAsync(id);
            var before = RuleOf(row);
            var rule = change.Of(before);
            if (rule.IsNone)
            {
                if (row is null || await table.RemoveAsync(id, row.Value.Value))
                {
                    return RuleOutcome.Set;
                }

                continue;
            }

            if (row?.Value is not null && rule == before)
            {
                return RuleOutcome.Set;
            }

            switch (await table.SetAsync(id, row?.Value, RuleJson.Write(rule)))
            {
                case TableOutcome.Done:
                    return RuleOutcome.Set;
                case TableOutcome.Full:
                    return RuleOutcome.Full;
            }
        }

        return RuleOutcome.Busy;
    }

    private static IEnumerable<NamedRule> RulesIn(TableContents contents)
    {
        foreach (var row in contents.Rows)
        {
            if (row.Id.StartsWith(Prefix, StringComparison.Ordinal) && StreamName.TryParse(row.Id[Prefix.Length..], out var stream))
            {
                yield return new(stream.Value, RuleOf(row));
            }
        }
    }

    private static OwnRule RuleOf(TableRow row) => RuleJson.TryRead(row.Value, out var rule) ? rule : OwnRule.Closed;

    private static OwnRule RuleOf(TableRow? row) => row is { } there ? RuleOf(there) : OwnRule.None;
}
