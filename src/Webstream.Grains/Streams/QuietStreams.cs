using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Webstream.Grains.History;
using Webstream.Grains.Presence;
using Webstream.Protocol;

namespace Webstream.Grains.Streams;

/// <summary>
/// Finds streams that give way when the history is full. There is one instance per silo. It is cheap when no stream is quiet: it searches the
/// history at most once per <see cref="Pause"/>, however many new names come.
/// </summary>
internal sealed partial class QuietStreams(
    IStreamHistories logs, IGrainFactory grains, IOptions<HistoryOptions> options, IOptions<PresenceOptions> presence, HistoryMetrics metrics, TimeProvider time,
    ILogger<QuietStreams> logger) : IDisposable
{
    /// <summary>The least time between two searches of the history.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // How many streams one search finds, and so how many give way in a second.
    private const int Found = 256;

    // The most streams that one push asks, so that it is soon told that there is no place. The next push goes on with the remaining candidates.
    private const int MaxAsked = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BetweenLines = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim turn = new(1);
    private readonly ConcurrentQueue<ListedHistory> candidates = new();

    // Streams that declined, mostly because somebody listens: every search would find them again as the quietest. They stay here until their
    // leases may have run out.
    private readonly ConcurrentDictionary<StreamName, long> declined = new();
    private long? lookedAt;
    private long? toldAt;

    /// <summary>How long a stream must have had no push before it may give way. At most the retention: older messages are gone anyway.</summary>
    public TimeSpan QuietFor => options.Value.QuietFor < options.Value.Retention ? options.Value.QuietFor : options.Value.Retention;

    /// <summary>Asks the quietest streams to give way, until one does.</summary>
    /// <returns>Whether a stream gave way, so that there is a place.</returns>
    public async Task<bool> GiveWayAsync()
    {
        for (var asked = 0; asked < MaxAsked && await NextAsync() is { } candidate; asked++)
        {
            if (await AskAsync(candidate))
            {
                return true;
            }

            declined[candidate.Stream] = time.GetTimestamp();
        }

        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => turn.Dispose();

    private async ValueTask<ListedHistory?> NextAsync()
    {
        if (!candidates.TryDequeue(out var candidate))
        {
            await turn.WaitAsync();
            try
            {
                await LookAsync();
            }
            finally
            {
                turn.Release();
            }

            if (!candidates.TryDequeue(out candidate))
            {
                return null;
            }
        }

        return candidate;
    }

    private async Task LookAsync()
    {
        if (!candidates.IsEmpty || (lookedAt is { } before && time.GetElapsedTime(before) < Pause))
        {
            return;
        }

        foreach (var (stream, at) in declined)
        {
            if (time.GetElapsedTime(at) >= presence.Value.Lease)
            {
                declined.TryRemove(stream, out _);
            }
        }

        try
        {
            foreach (var quiet in await logs.QuietestAsync(logs.Clock.GetUtcNow() - QuietFor, Found + declined.Count, CancellationToken.None))
            {
                if (!declined.ContainsKey(quiet.Stream))
                {
                    candidates.Enqueue(quiet);
                }
            }
        }
        catch (HistoryAwayException)
        {
            // While the history is away, nothing is pushed either.
        }

        lookedAt = time.GetTimestamp();
        Tell();
    }

    private async Task<bool> AskAsync(ListedHistory candidate)
    {
        try
        {
            var gaveWay = await grains.GetGrain<IStreamGrain>(candidate.Stream.Value).GiveWay(candidate.Range.Epoch, candidate.Range.Head)
                .WaitAsync(Patience, time);
            if (gaveWay)
            {
                metrics.Forgotten();
            }

            return gaveWay;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // An owner of an older version does not know the call; an owner whose silo died does not answer.
            LogNotAsked(logger, failure, candidate.Stream);
            return false;
        }
    }

    // At most one line per pause: a line for each new name would be a line for each push.
    private void Tell()
    {
        if (toldAt is { } before && time.GetElapsedTime(before) < BetweenLines)
        {
            return;
        }

        toldAt = time.GetTimestamp();
        if (candidates.IsEmpty)
        {
            LogFull(logger);
        }
        else
        {
            LogGiveWay(logger);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The log holds as many streams as it may (Webstream__Log__MaxStreams), and none has been quiet for so long that it gives way: pushes to new names are refused")]
    private static partial void LogFull(ILogger logger);

    [LoggerMessage(2, LogLevel.Information, "The log holds as many streams as it may (Webstream__Log__MaxStreams): the quietest ones give way to new ones")]
    private static partial void LogGiveWay(ILogger logger);

    [LoggerMessage(3, LogLevel.Debug, "Stream {Stream} could not be asked to give way")]
    private static partial void LogNotAsked(ILogger logger, Exception failure, StreamName stream);
}
