using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Webstream.Protocol;

namespace Webstream.Grains.History;

/// <summary>The parts of a history. Each can fail while the others work.</summary>
internal enum HistoryPart
{
    /// <summary>Taking pushes.</summary>
    Appending,

    /// <summary>Giving history.</summary>
    Reading,

    /// <summary>Removing what is over a bound.</summary>
    Trimming,

    /// <summary>Counting streams and what they retain.</summary>
    Counting,

    /// <summary>Keeping the list of silos, and the subscriptions.</summary>
    Clustering,

    /// <summary>Reading the clock of the history.</summary>
    Timing,

    /// <summary>Reconnecting.</summary>
    Connecting,
}

/// <summary>
/// Knows which parts of a history do not work. It logs one line when a failure begins and one when it ends, however many tries fail
/// meanwhile. Safe for any thread.
/// </summary>
internal sealed partial class HistoryWatch(ILogger logger)
{
    private const int MaxStreams = 1000;

    private static readonly HistoryPart[] Parts = Enum.GetValues<HistoryPart>();

    private readonly Lock gate = new();
    private readonly SortedDictionary<HistoryPart, (string Text, bool Tried)> troubles = [];
    private readonly HashSet<(HistoryPart Part, string Text)> said = [];
    private readonly ConcurrentDictionary<(HistoryPart Part, StreamName Stream), string> streams = new();
    private volatile bool any;
    private volatile bool anyStream;

    /// <summary>The health of the history as a whole.</summary>
    public HistoryHealth Health
    {
        get
        {
            if (!any)
            {
                return HistoryHealth.Fine;
            }

            lock (gate)
            {
                var refusal = troubles.TryGetValue(HistoryPart.Appending, out var appending) ? appending.Text : null;
                var others = Lines(troubles.Where(trouble => trouble.Value.Text != refusal).Select(trouble => (trouble.Key, trouble.Value.Text)));
                return new(
                    Lines(troubles.Where(trouble => trouble.Value.Text == refusal).Select(trouble => (trouble.Key, trouble.Value.Text))).FirstOrDefault(),
                    string.Join(". ", others) is { Length: > 0 } text ? text : null);
            }
        }
    }

    /// <summary>Whether a part does not work.</summary>
    public bool IsFailing(HistoryPart part) => TroubleWith(part) is not null;

    /// <summary>Why a part does not work: a sentence without its full stop. None when it works.</summary>
    public string? TroubleWith(HistoryPart part)
    {
        lock (gate)
        {
            return troubles.TryGetValue(part, out var trouble) ? trouble.Text : null;
        }
    }

    /// <summary>A part does not work, for this reason: a sentence without its full stop.</summary>
    public void Fails(HistoryPart part, string text)
    {
        lock (gate)
        {
            Begin([(part, text)], tried: false);
        }
    }

    /// <summary>A part just worked.</summary>
    /// <returns>True when a trial found that the part fails: the caller shall run the trial again.</returns>
    public bool Works(HistoryPart part)
    {
        if (!any)
        {
            return false;
        }

        lock (gate)
        {
            if (troubles.TryGetValue(part, out var trouble) && trouble.Tried)
            {
                return true;
            }

            End([part]);
            return false;
        }
    }

    /// <summary>Everything was tried; these parts do not work, and all others do.</summary>
    public void Tried(IReadOnlyDictionary<HistoryPart, string> found)
    {
        if (!any && found.Count == 0)
        {
            return;
        }

        lock (gate)
        {
            End(Parts.Where(part => !found.ContainsKey(part)));
            Begin([.. found.Select(one => (one.Key, one.Value))], tried: true);
        }
    }

    /// <summary>A part works, but not for this stream.</summary>
    public void Fails(HistoryPart part, StreamName stream, string text)
    {
        if (streams.Count < MaxStreams && streams.TryAdd((part, stream), text))
        {
            anyStream = true;
            LogStreamBegins(logger, stream, Name(part), text);
        }
    }

    /// <summary>A part works for this stream.</summary>
    public void Works(HistoryPart part, StreamName stream)
    {
        if (anyStream && streams.TryRemove((part, stream), out _))
        {
            anyStream = !streams.IsEmpty;
            LogStreamEnds(logger, stream, Name(part));
        }
    }

    // Each reason is logged once while the failure lasts: reasons may alternate.
    private void Begin((HistoryPart Part, string Text)[] found, bool tried)
    {
        foreach (var (part, text) in found)
        {
            troubles[part] = (text, tried);
        }

        any = troubles.Count > 0;
        foreach (var line in Lines(found.Where(said.Add)))
        {
            LogBegins(logger, line);
        }
    }

    private void End(IEnumerable<HistoryPart> parts)
    {
        var ended = parts.Where(troubles.Remove).ToArray();
        any = troubles.Count > 0;
        said.RemoveWhere(one => ended.Contains(one.Part));
        if (ended.Length > 0)
        {
            LogEnds(logger, string.Join(", ", ended.Select(Name)));
        }
    }

    // Parts that fail for one reason share a line.
    private static IEnumerable<string> Lines(IEnumerable<(HistoryPart Part, string Text)> found) =>
        found.GroupBy(one => one.Text, one => Name(one.Part), (text, parts) => $"{string.Join(", ", parts)}: {text}");

    private static string Name(HistoryPart part) => part switch
    {
        HistoryPart.Appending => "pushes are refused",
        HistoryPart.Reading => "history cannot be read",
        HistoryPart.Trimming => "history is not trimmed",
        HistoryPart.Counting => "streams are not counted, and new ones may be refused",
        HistoryPart.Clustering => "silos cannot keep their list and subscriptions",
        HistoryPart.Timing => "the clock is not compared with Redis any more",
        _ => "a connection that breaks cannot be made again",
    };

    [LoggerMessage(1, LogLevel.Error, "The log: {Trouble}")]
    private static partial void LogBegins(ILogger logger, string trouble);

    [LoggerMessage(2, LogLevel.Information, "The log: no longer so that {Trouble}")]
    private static partial void LogEnds(ILogger logger, string trouble);

    [LoggerMessage(3, LogLevel.Error, "The log of stream {Stream} alone: {Trouble}: {Reason}")]
    private static partial void LogStreamBegins(ILogger logger, StreamName stream, string trouble, string reason);

    [LoggerMessage(4, LogLevel.Information, "The log of stream {Stream}: no longer so that {Trouble}")]
    private static partial void LogStreamEnds(ILogger logger, StreamName stream, string trouble);
}
