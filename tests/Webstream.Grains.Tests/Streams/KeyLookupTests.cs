using Webstream.Grains.History;
using Webstream.Grains.Streams;

namespace Webstream.Grains.Tests.Streams;

public class KeyLookupTests
{
    private static readonly KeyRecord Known = new("k", 1, 1, 1, DateTimeOffset.UnixEpoch);

    private readonly HeldKeys log = new();
    private readonly KeyLookup lookup;

    public KeyLookupTests() => lookup = new(log);

    [Fact]
    public async Task Find_BetweenAskAndRelease_TellsWhatTheHistoryKnows()
    {
        log.Answer.SetResult([Known]);
        await lookup.AskAsync(["k"]);
        lookup.Find("k").ShouldBe(Known);
        lookup.Release(["k"]);
        lookup.Find("k").ShouldBeNull();
    }

    [Fact]
    public async Task Find_KeyThatWentInWhileItWasAskedFor_IsKnown()
    {
        var asking = lookup.AskAsync(["k"]);
        lookup.Remember(Known);
        log.Answer.SetResult([null]);
        await asking;
        lookup.Find("k").ShouldBe(Known);
    }

    [Fact]
    public async Task Find_KeyThatTwoAskFor_IsKnownUntilTheSecondHasIt()
    {
        log.Answer.SetResult([Known]);
        await lookup.AskAsync(["k"]);
        await lookup.AskAsync(["k"]);
        lookup.Release(["k"]);
        lookup.Find("k").ShouldBe(Known);
    }

    [Fact]
    public async Task Find_HistoryThatEndedWhileItWasAsked_KnowsNothing()
    {
        var asking = lookup.AskAsync(["k"]);
        lookup.Clear();
        log.Answer.SetResult([Known]);
        await asking;
        lookup.Find("k").ShouldBeNull();
    }

    [Fact]
    public void Remember_KeyThatNobodyAsksFor_TakesNoMemory()
    {
        lookup.Remember(Known);
        lookup.Find("k").ShouldBeNull();
    }

    private sealed class HeldKeys : IStreamHistory
    {
        public TaskCompletionSource<KeyRecord?[]> Answer { get; } = new();

        public HistoryRange Range => HistoryRange.Empty;

        public ulong Forgotten => 0;

        public ulong Deleted => 0;

        public StreamSettings Settings => StreamSettings.None;

        public bool AsksForKeys => true;

        public ValueTask<KeyRecord?[]> FindKeysAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) => new(Answer.Task);

        public Task<IReadOnlyList<KeyRecord>> OpenAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<AppendResult> AppendAsync(HistoryBatch batch, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask TrimAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<bool> DeclareSeenAsync(EventId seen, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<bool> DeleteAsync(EventId head, ulong epoch, long life, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<bool> SetAsync(StreamSettings settings, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<bool> ForgetAsync(EventId head, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<StreamMessage[]> ReadAsync(HistoryQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
