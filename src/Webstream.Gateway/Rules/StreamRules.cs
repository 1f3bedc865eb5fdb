using Microsoft.Extensions.Options;
using Webstream.Gateway.Snapshots;
using Webstream.Grains;
using Webstream.Grains.History;

namespace Webstream.Gateway.Rules;

/// <summary>
/// The rules of streams: what configuration says, and what was set for single streams, which the cluster keeps. A gateway asks for the latter only
/// while somebody's right depends on them, and then goes by nothing older than <see cref="SnapshotAge.Fresh"/>. While they cannot be had, those that
/// are known go on for <see cref="SnapshotAge.GoesOn"/>; then no rule is known. Safe for any thread.
/// </summary>
internal sealed partial class StreamRules
{
    private readonly Snapshot<RuleSet> rules;

    public StreamRules(
        IOptions<AccessOptions> access, IOptions<StreamsOptions> streams, IRuleSource source, TimeProvider time, ILogger<StreamRules> logger)
    {
        Usual = new(access.Value.Read, access.Value.Write, Listed: true);
        var configured = new RuleSet(Usual, [.. streams.Value.Patterns], []);
        rules = new(
            configured,
            async known => await source.ReadAsync(known) is { } read ? new(read.Version, configured.With(read.Rules)) : null,
            time,
            new(reason => LogAway(logger, reason, SnapshotAge.GoesOn.TotalSeconds), _ => LogBack(logger)));
    }

    /// <summary>The rule for the streams that no pattern names and that have none of their own.</summary>
    public StreamRule Usual { get; }

    /// <summary>The rules as they are known without a question; none: they are not known.</summary>
    public RuleSet? Known => rules.IsKnown ? rules.Value : null;

    /// <summary>Why they cannot be had, as a sentence without its full stop; none: they can, as far as is known.</summary>
    public string? Failure => rules.Failure;

    /// <summary>The rules as they are now, as soon as that is known.</summary>
    /// <returns>None: it cannot be told now.</returns>
    public ValueTask<RuleSet?> NowAsync()
    {
        if (rules.IsFresh)
        {
            return new(rules.Value);
        }

        if (rules.IsFailing && Known is { } known)
        {
            // Nobody waits for an answer that does not come, as long as there is another one.
            rules.AskSoon();
            return new(known);
        }

        return AskAsync();
    }

    /// <summary>Finds out the rules as they are after this call.</summary>
    /// <returns>Whether they are known.</returns>
    public Task<bool> RefreshAsync() => rules.RefreshAsync(TimeSpan.Zero);

    private async ValueTask<RuleSet?> AskAsync()
    {
        await rules.RefreshAsync(SnapshotAge.Fresh);
        return Known;
    }

    [LoggerMessage(1, LogLevel.Warning, "The rules of streams cannot be had ({Reason}). Those that are known go on for {Seconds} seconds; then callers without a key for what they do are refused with 503")]
    private static partial void LogAway(ILogger logger, string reason, double seconds);

    [LoggerMessage(2, LogLevel.Information, "The rules of streams can be had again")]
    private static partial void LogBack(ILogger logger);
}
