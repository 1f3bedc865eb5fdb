using System.Collections.Concurrent;
using Webstream.Grains.History;

namespace Webstream.Grains.Tests.Hosting;

/// <summary>A script for an append. It gets the batch, and the append itself, which it calls or not.</summary>
public delegate ValueTask<AppendResult> AppendScript(HistoryBatch batch, Func<ValueTask<AppendResult>> append);

/// <summary>A script for the end of a history. It gets the call that ends the history, and calls it or not.</summary>
public delegate ValueTask<bool> ForgetScript(Func<ValueTask<bool>> forget);

/// <summary>The histories, with appends that hang, fail or lose their answer where a test says so.</summary>
public sealed class ScriptedLogs(
    IStreamHistories logs, ConcurrentDictionary<StreamName, AppendScript> scripts, ConcurrentDictionary<StreamName, ForgetScript> forgets) : IStreamHistories
{
    private int looks;

    /// <summary>How often somebody looked for quiet streams.</summary>
    public int Looks => Volatile.Read(ref looks);

    /// <summary>The histories without scripts.</summary>
    public IStreamHistories Inner { get; } = logs;

    public bool LostWithProcess => Inner.LostWithProcess;

    public bool OnlyInThisProcess => Inner.OnlyInThisProcess;

    public TimeProvider Clock => Inner.Clock;

    public IStreamHistory LogOf(StreamName stream) => new ScriptedLog(stream, Inner.LogOf(stream), scripts, forgets);

    public ValueTask<StreamSettings> SettingsOfAsync(StreamName stream, CancellationToken cancellationToken) =>
        Inner.SettingsOfAsync(stream, cancellationToken);

    public ValueTask<FoundHistory> FindAsync(StreamName stream, CancellationToken cancellationToken) => Inner.FindAsync(stream, cancellationToken);

    public ValueTask<IReadOnlyList<ListedHistory>> ListAsync(string prefix, string? after, int limit, CancellationToken cancellationToken) =>
        Inner.ListAsync(prefix, after, limit, cancellationToken);

    public ValueTask<IReadOnlyList<StreamName>> NamesAsync(string? after, int limit, CancellationToken cancellationToken) =>
        Inner.NamesAsync(after, limit, cancellationToken);

    public ValueTask<IReadOnlyList<ListedHistory>> QuietestAsync(DateTimeOffset quietSince, int limit, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref looks);
        return Inner.QuietestAsync(quietSince, limit, cancellationToken);
    }

    public ValueTask<KeyUse[]> UsedByAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) => Inner.UsedByAsync(keys, cancellationToken);

    private sealed class ScriptedLog(
        StreamName stream, IStreamHistory log, ConcurrentDictionary<StreamName, AppendScript> scripts, ConcurrentDictionary<StreamName, ForgetScript> forgets) : IStreamHistory
    {
        public HistoryRange Range => log.Range;

        public ulong Forgotten => log.Forgotten;

        public ulong Deleted => log.Deleted;

        public StreamSettings Settings => log.Settings;

        public ValueTask<bool> DeleteAsync(EventId head, ulong epoch, long life, CancellationToken cancellationToken) =>
            log.DeleteAsync(head, epoch, life, cancellationToken);

        public ValueTask<bool> SetAsync(StreamSettings settings, CancellationToken cancellationToken) => log.SetAsync(settings, cancellationToken);

        public IIdempotencyKeys? Keys => log.Keys;

        public bool AsksForKeys => log.AsksForKeys;

        public ValueTask<KeyRecord?[]> FindKeysAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
            log.FindKeysAsync(keys, cancellationToken);

        public Task<IReadOnlyList<KeyRecord>> OpenAsync(CancellationToken cancellationToken) => log.OpenAsync(cancellationToken);

        public ValueTask<AppendResult> AppendAsync(HistoryBatch batch, CancellationToken cancellationToken) =>
            scripts.TryGetValue(stream, out var script)
                ? script(batch, () => log.AppendAsync(batch, cancellationToken))
                : log.AppendAsync(batch, cancellationToken);

        public ValueTask TrimAsync(CancellationToken cancellationToken) => log.TrimAsync(cancellationToken);

        public ValueTask<bool> DeclareSeenAsync(EventId seen, CancellationToken cancellationToken) => log.DeclareSeenAsync(seen, cancellationToken);

        public ValueTask<bool> ForgetAsync(EventId head, CancellationToken cancellationToken) =>
            forgets.TryGetValue(stream, out var script)
                ? script(() => log.ForgetAsync(head, cancellationToken))
                : log.ForgetAsync(head, cancellationToken);

        public ValueTask<StreamMessage[]> ReadAsync(HistoryQuery query, CancellationToken cancellationToken) => log.ReadAsync(query, cancellationToken);
    }
}
