using System.Globalization;
using Microsoft.Extensions.Options;
using Webstream.Protocol;

namespace Webstream.Grains.History;

/// <summary>How much of one stream is retained.</summary>
/// <param name="Messages">The most messages.</param>
/// <param name="Bytes">The most bytes; the newest message stays, however large it is.</param>
/// <param name="Retention">How long a message is retained.</param>
public readonly record struct HistoryBounds(int Messages, long Bytes, TimeSpan Retention);

/// <summary>
/// Which bounds a stream has: those of its own settings, else those of the first pattern that matches its name, else those of all streams.
/// Its own settings may exceed what configuration gives, up to <c>Webstream__Log__Max…</c>.
/// </summary>
public sealed class RetentionRules
{
    private readonly HistoryOptions log;
    private readonly StreamPattern[] patterns;
    private readonly TimeSpan longestOfPatterns;

    /// <param name="log">The bounds of all streams.</param>
    /// <param name="streams">The patterns.</param>
    public RetentionRules(IOptions<HistoryOptions> log, IOptions<StreamsOptions> streams)
    {
        (this.log, patterns) = (log.Value, [.. streams.Value.Patterns]);
        longestOfPatterns = patterns.Select(pattern => pattern.Retention ?? default).DefaultIfEmpty().Max();
    }

    /// <summary>The longest time that configuration lets any stream retain a message.</summary>
    public TimeSpan LongestRetention => log.Retention > longestOfPatterns ? log.Retention : longestOfPatterns;

    /// <summary>What configuration says of a stream.</summary>
    public HistoryBounds ConfiguredFor(StreamName stream)
    {
        var match = Match(stream);
        return new(match?.RetainedMessages ?? log.RetainedMessages, match?.RetainedBytes ?? log.RetainedBytes, match?.Retention ?? log.Retention);
    }

    /// <summary>How far a stream's own settings may go: at least as far as configuration does.</summary>
    public HistoryBounds MostFor(StreamName stream) => MostBeyond(ConfiguredFor(stream));

    /// <summary>The bounds of a stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="own">Its own settings.</param>
    public HistoryBounds Of(StreamName stream, StreamSettings own)
    {
        var configured = ConfiguredFor(stream);
        if (own.IsNone)
        {
            return configured;
        }

        var most = MostBeyond(configured);
        return new(
            Math.Min(own.RetainedMessages ?? configured.Messages, most.Messages),
            Math.Min(own.RetainedBytes ?? configured.Bytes, most.Bytes),
            own.Retention is { } retention && retention < most.Retention ? retention : own.Retention is null ? configured.Retention : most.Retention);
    }

    /// <summary>What holds for a stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="own">Its own settings.</param>
    /// <param name="closed">It is closed.</param>
    public SettingsInForce InForce(StreamName stream, StreamSettings own, bool closed)
    {
        var bounds = Of(stream, own);
        return new(bounds.Messages, bounds.Bytes, bounds.Retention, own.Description ?? Match(stream)?.Description, closed);
    }

    /// <summary>Why a stream may not have these settings: a sentence that says what to send instead. None: it may.</summary>
    public string? RefusalOf(StreamName stream, StreamSettings own)
    {
        var most = MostFor(stream);
        return own.RetainedMessages > most.Messages ? Above("retainedMessages", most.Messages, nameof(HistoryOptions.MaxRetainedMessages))
            : own.RetainedBytes > most.Bytes ? Above("retainedBytes", most.Bytes, nameof(HistoryOptions.MaxRetainedBytes))
            : own.Retention > most.Retention ? Above("retention", most.Retention, nameof(HistoryOptions.MaxRetention))
            : null;
    }

    private static string Above(string member, IFormattable most, string setting) => string.Create(
        CultureInfo.InvariantCulture, $"{member} is at most {most} here. Send less, or raise Webstream__Log__{setting} on the silos.");

    /// <summary>The rules without patterns.</summary>
    internal static RetentionRules Of(IOptions<HistoryOptions> log) => new(log, Options.Create(new StreamsOptions()));

    private HistoryBounds MostBeyond(HistoryBounds configured) => new(
        Math.Max(configured.Messages, log.MaxRetainedMessages),
        Math.Max(configured.Bytes, log.MaxRetainedBytes),
        configured.Retention > log.MaxRetention ? configured.Retention : log.MaxRetention);

    // Every push asks: nothing is allocated.
    private StreamPattern? Match(StreamName stream)
    {
        foreach (var pattern in patterns)
        {
            if (pattern.Matches(stream))
            {
                return pattern;
            }
        }

        return null;
    }
}
