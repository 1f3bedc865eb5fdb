using Microsoft.Extensions.Time.Testing;
using Webstream.Grains.History;

namespace Webstream.Grains.Tests.History;

/// <summary>The behaviour of every history, wherever it keeps its messages.</summary>
public abstract partial class StreamLogTests : IAsyncLifetime
{
    protected const int MessageBytes = MessageSize.Overhead + 4;

    // The life that ended was not known, which counts as 1.
    private static readonly HistoryRange AfterTheEnd = HistoryRange.Empty with { Life = 2 };

    private protected FakeTimeProvider Time { get; } = new();

    private protected HistoryOptions Retained { get; } = new();

    /// <summary>The histories of this test alone.</summary>
    private protected IStreamHistories Logs { get; private set; } = null!;

    private protected IStreamHistory Log { get; set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Logs = await LogsAsync();
        Log = Logs.LogOf(StreamName.Main);
    }

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return default;
    }

    private protected abstract Task<IStreamHistories> LogsAsync();

    [Fact]
    public async Task Range_OfANewLog_IsEmpty()
    {
        Log.Range.ShouldBe(HistoryRange.Empty);
        (await Log.OpenAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty();
        (await Read(0)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Append_FirstBatch_BeginsTheHistory()
    {
        (await Append(1, 3)).ShouldBe(AppendResult.Appended);
        Log.Range.ShouldBe(new(Messages.Epoch, 3, 1, Time.GetUtcNow(), Time.GetUtcNow()));
    }

    [Fact]
    public async Task Append_SameBatchTwice_IsInOnce()
    {
        var batch = Messages.Batch(Messages.Range(1, 2, at: Time.GetUtcNow()));
        (await Log.AppendAsync(batch, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);
        (await Log.AppendAsync(batch, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);
        (await Read(0)).ShouldBe([1, 2]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Append_FromAnotherHead_IsRefused(long first)
    {
        await Append(1, 3);
        (await Append(first, 1)).ShouldBe(AppendResult.Refused);
        (await Read(0)).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task Append_OfAnotherEpoch_IsRefused()
    {
        await Append(1, 3);
        var other = Messages.Batch(Messages.Range(4, 1, at: Time.GetUtcNow(), epoch: 0xdef));
        (await Log.AppendAsync(other, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Refused);
        Log.Range.Epoch.ShouldBe(Messages.Epoch);
    }

    [Fact]
    public async Task Append_BeyondTheCount_DropsTheOldest()
    {
        Retained.RetainedMessages = 5;
        await Append(1, 4);
        await Append(5, 4);
        (Log.Range.Oldest, Log.Range.Head).ShouldBe((4, 8));
        (await Read(0)).ShouldBe([4, 5, 6, 7, 8]);
    }

    [Fact]
    public async Task Append_BeyondTheBytes_DropsTheOldest()
    {
        Retained.RetainedBytes = 3 * MessageBytes;
        await Append(1, 3);
        await Append(4, 1);
        (await Read(0)).ShouldBe([2, 3, 4]);
    }

    [Fact]
    public async Task Append_OneMessageBeyondTheBytes_IsKept()
    {
        Retained.RetainedBytes = MessageBytes - 1;
        await Append(1, 2);
        (await Read(0)).ShouldBe([2]);
    }

    [Fact]
    public async Task Read_MessagesPastTheRetention_AreGone()
    {
        await Append(1, 2);
        Time.Advance(Retained.Retention);
        await Append(3, 1);
        (await Read(0)).ShouldBe([1, 2, 3]);

        Time.Advance(TimeSpan.FromMicroseconds(1));
        await Log.TrimAsync(TestContext.Current.CancellationToken);

        (await Read(0)).ShouldBe([3]);
        Log.Range.Oldest.ShouldBe(3);
    }

    [Fact]
    public async Task Range_AllPastTheRetention_KeepsHeadAndEpoch()
    {
        await Append(1, 2);
        var pushed = Time.GetUtcNow();
        Time.Advance(Retained.Retention + TimeSpan.FromMicroseconds(1));
        await Log.TrimAsync(TestContext.Current.CancellationToken);

        Log.Range.ShouldBe(new(Messages.Epoch, 2, 3, pushed, null));
        (await Append(3, 1)).ShouldBe(AppendResult.Appended);
    }

    [Fact]
    public async Task Open_Keys_AreThoseOfTheRetainedMessages()
    {
        Retained.RetainedMessages = 3;
        await Append(1, 2);
        await Append(3, 2);
        await Append(5, 1);
        // Nothing is left of the first batch. Both messages of the second are left, and the third.
        (await OpenAgain()).Select(k => k.Key).ShouldBe(["key-3", "key-5"]);
    }

    [Fact]
    public async Task Open_KeyOfABatchThatIsPartlyRetained_IsKept()
    {
        Retained.RetainedMessages = 3;
        await Append(1, 2);
        await Append(3, 2);
        (await OpenAgain()).Select(k => k.Key).ShouldBe(["key-1", "key-3"]);
    }

    [Fact]
    public async Task Read_InPages_GivesEverythingOnce()
    {
        await Append(1, 10);
        (await Read(0, maxMessages: 4)).ShouldBe([1, 2, 3, 4]);
        (await Read(4, maxMessages: 4)).ShouldBe([5, 6, 7, 8]);
        (await Read(8, maxMessages: 4)).ShouldBe([9, 10]);
        (await Read(10, maxMessages: 4)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(MessageBytes, 1)]
    [InlineData(MessageBytes + 1, 2)]
    [InlineData(3 * MessageBytes, 3)]
    public async Task Read_PageOfBytes_EndsWithTheMessageThatReachesIt(int maxBytes, int expected)
    {
        await Append(1, 10);
        (await Read(0, maxBytes: maxBytes)).Length.ShouldBe(expected);
    }

    [Fact]
    public async Task Read_AfterAMessageNotRetainedAnyMore_BeginsWithTheOldest()
    {
        Retained.RetainedMessages = 2;
        await Append(1, 5);
        (await Read(1)).ShouldBe([4, 5]);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(long.MaxValue)]
    public async Task Read_AfterMoreThanThereIs_GivesNothing(long after)
    {
        await Append(1, 5);
        (await Read(after)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Open_ByTheNextOwner_GivesRangeAndKeysAsTheyWere()
    {
        var batch = Messages.Batch(Messages.Range(1, 3, at: Time.GetUtcNow()));
        await Log.AppendAsync(batch, TestContext.Current.CancellationToken);
        var before = Log.Range;

        (await OpenAgain()).ShouldBe(batch.Keys);

        Log.Range.ShouldBe(before);
        (await Append(4, 1)).ShouldBe(AppendResult.Appended);
    }

    [Fact]
    public async Task Append_HostileTexts_AreReadAsTheyWere()
    {
        string[] texts = ["a\0b", "\0", "😀 👨‍👩‍👧", "\u2028\u2029", "\r\n\t\"\\", "</script>", "*3\r\n$3\r\nSET\r\n", new('é', 32 * 1024), " "];
        var messages = Messages.Range(1, 256, at: Time.GetUtcNow())
            .Select((message, i) => message with
            {
                Message = texts[i % texts.Length],
                Event = i % 2 == 0 ? "question" : null,
                Source = i % 3 == 0 ? "мы\0" : null,
                SourceVerified = i % 6 == 0,
                InReplyTo = i % 5 == 0 ? new(7, i + 1) : null,
            }).ToArray();

        (await Log.AppendAsync(Messages.Batch(messages), TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);

        (await Log.ReadAsync(new(0, 256, int.MaxValue), TestContext.Current.CancellationToken)).ShouldBe(messages);
    }

    [Fact]
    public async Task Read_MessageWithOptions_HasThem()
    {
        var message = Messages.Range(1, 1, at: Time.GetUtcNow())[0] with { Options = ["yes", "no \0"] };
        await Log.AppendAsync(Messages.Batch(message), TestContext.Current.CancellationToken);
        (await Log.ReadAsync(new(0, 1, 1), TestContext.Current.CancellationToken))[0].Options.ShouldBe(message.Options);
    }

    [Fact]
    public async Task Find_StreamWithHistory_TellsItsRange()
    {
        await Append(1, 3);
        (await Logs.FindAsync(StreamName.Main, TestContext.Current.CancellationToken)).ShouldBe(new(Log.Range, 0));
        (await Logs.FindAsync(StreamName.Parse("other"), TestContext.Current.CancellationToken)).ShouldBe(new(HistoryRange.Empty, 0));
        (await Logs.ExistsAsync(StreamName.Main, TestContext.Current.CancellationToken)).ShouldBeTrue();
        (await Logs.ExistsAsync(StreamName.Parse("other"), TestContext.Current.CancellationToken)).ShouldBeFalse();
    }

    [Fact]
    public async Task Forget_HeadAsItIs_LeavesNothingButTheReason()
    {
        await Append(1, 3);

        (await Log.ForgetAsync(new(Messages.Epoch, 3), TestContext.Current.CancellationToken)).ShouldBeTrue();

        (Log.Range, Log.Forgotten).ShouldBe((AfterTheEnd, Messages.Epoch));
        (await OpenAgain()).ShouldBeEmpty();
        (Log.Range, Log.Forgotten).ShouldBe((AfterTheEnd, Messages.Epoch));
        (await Read(0)).ShouldBeEmpty();
        (await Logs.FindAsync(StreamName.Main, TestContext.Current.CancellationToken)).ShouldBe(new(AfterTheEnd, Messages.Epoch));
    }

    [Theory]
    [InlineData(Messages.Epoch, 2)]
    [InlineData(Messages.Epoch, 4)]
    [InlineData(0xdefUL, 3)]
    [InlineData(0UL, 0)]
    public async Task Forget_AnotherHead_ChangesNothing(ulong epoch, long sequence)
    {
        await Append(1, 3);
        var before = Log.Range;

        (await Log.ForgetAsync(new(epoch, sequence), TestContext.Current.CancellationToken)).ShouldBeFalse();

        (Log.Range, Log.Forgotten).ShouldBe((before, 0UL));
        (await Read(0)).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task Forget_LogWithoutHistory_IsNothing() =>
        (await Log.ForgetAsync(EventId.Zero, TestContext.Current.CancellationToken)).ShouldBeFalse();

    [Fact]
    public async Task Append_AfterItWasForgotten_BeginsANewEpoch()
    {
        await Append(1, 3);
        await Log.ForgetAsync(new(Messages.Epoch, 3), TestContext.Current.CancellationToken);

        // The writer that does not know of it is refused.
        (await Append(4, 1)).ShouldBe(AppendResult.Refused);
        (await OpenAgain()).ShouldBeEmpty();
        var begins = Messages.Batch(Messages.Range(1, 1, at: Time.GetUtcNow(), epoch: 0xdef));
        (await Log.AppendAsync(begins, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);

        (Log.Range.Epoch, Log.Range.Head, Log.Forgotten).ShouldBe((0xdefUL, 1, Messages.Epoch));
        (await OpenAgain()).Select(key => key.First).ShouldBe([1]);
        (Log.Range.Epoch, Log.Forgotten).ShouldBe((0xdefUL, Messages.Epoch));
    }

    [Fact]
    public async Task List_StreamsWithHistory_AreInTheOrderOfTheirNames()
    {
        foreach (var name in (string[])["b:2", "a", "b:10", "B", "c"])
        {
            await Begin(name);
        }

        await Logs.LogOf(StreamName.Parse("d")).OpenAsync(TestContext.Current.CancellationToken);

        (await List("", null, 10)).ShouldBe(["B", "a", "b:10", "b:2", "c"]);
        (await List("b:", null, 10)).ShouldBe(["b:10", "b:2"]);
        (await List("", "a", 2)).ShouldBe(["b:10", "b:2"]);
        (await List("b:", "a", 10)).ShouldBe(["b:10", "b:2"]);
        (await List("b:", "b:10", 10)).ShouldBe(["b:2"]);
        (await List("b:", "c", 10)).ShouldBeEmpty();
        (await List("d", null, 10)).ShouldBeEmpty();
    }

    [Fact]
    public async Task List_Stream_TellsItsRange()
    {
        Retained.RetainedMessages = 5;
        await Append(1, 4);
        await Append(5, 4);
        (await Logs.ListAsync("", null, 10, TestContext.Current.CancellationToken)).ShouldBe([new(StreamName.Main, Log.Range)]);
    }

    [Fact]
    public async Task Append_FirstBatch_KeepsItsLife()
    {
        await Log.AppendAsync(Messages.Batch(Messages.Range(1, 1, at: Time.GetUtcNow())) with { Life = 77 }, TestContext.Current.CancellationToken);
        await Log.AppendAsync(Messages.Batch(Messages.Range(2, 1, at: Time.GetUtcNow())) with { Life = 78 }, TestContext.Current.CancellationToken);

        Log.Range.Life.ShouldBe(77);
        await OpenAgain();
        Log.Range.Life.ShouldBe(77);
    }

    [Fact]
    public async Task Append_AfterTheEnd_IsRefusedForThatReason()
    {
        await Append(1, 2);
        var end = End(3);
        (await Log.AppendAsync(end, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);

        // The same batch once more is the end that is in.
        (await Log.AppendAsync(end, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);
        (await Append(4, 1)).ShouldBe(AppendResult.Ended);
        (await Log.AppendAsync(End(4), TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Ended);
        (await Append(3, 1)).ShouldBe(AppendResult.Refused);

        (Log.Range.Head, Log.Range.End).ShouldBe((3, 3));
        (await OpenAgain()).Select(key => key.First).ShouldBe([1]);
        (Log.Range.Head, Log.Range.End).ShouldBe((3, 3));
        (await Append(4, 1)).ShouldBe(AppendResult.Ended);
        (await Log.ReadAsync(new(2, 10, int.MaxValue), TestContext.Current.CancellationToken)).ShouldHaveSingleItem().IsEnd.ShouldBeTrue();
    }

    [Fact]
    public async Task Append_EndAsTheFirst_ClosesAStreamWithoutMessages()
    {
        (await Log.AppendAsync(End(1), TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);
        (await Append(2, 1)).ShouldBe(AppendResult.Ended);
        Log.Range.End.ShouldBe(1);
    }

    [Fact]
    public async Task Read_PushedTypeThatIsReservedNow_IsShownAsAnother()
    {
        await Log.AppendAsync(Messages.Batch(Messages.Range(1, 1, at: Time.GetUtcNow())[0] with { Event = "end" }), TestContext.Current.CancellationToken);

        var read = (await Log.ReadAsync(new(0, 1, 1), TestContext.Current.CancellationToken))[0];

        (read.Event, read.IsEnd, Log.Range.End).ShouldBe((ShownType, false, 0));
    }

    [Fact]
    public async Task Delete_HeadAsItIs_BeginsAnEpochWithoutMessages()
    {
        await Append(1, 3);

        (await Delete(new(Messages.Epoch, 3))).ShouldBeTrue();

        HistoryRange deleted = new(NewEpoch, 0, 1, null, null, 0, 99);
        (Log.Range, Log.Deleted, Log.Forgotten).ShouldBe((deleted, Messages.Epoch, 0UL));
        (await Read(0)).ShouldBeEmpty();
        (await OpenAgain()).ShouldBeEmpty();
        (Log.Range, Log.Deleted, Log.Forgotten).ShouldBe((deleted, Messages.Epoch, 0UL));
        (await Logs.FindAsync(StreamName.Main, TestContext.Current.CancellationToken)).ShouldBe(new(deleted, 0, Messages.Epoch));
        (await List("", null, 10)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Delete_Twice_AnswersAsTheFirst()
    {
        await Append(1, 3);
        await Delete(new(Messages.Epoch, 3));
        (await Delete(new(Messages.Epoch, 3))).ShouldBeTrue();
        Log.Range.Epoch.ShouldBe(NewEpoch);
    }

    [Theory]
    [InlineData(Messages.Epoch, 2)]
    [InlineData(Messages.Epoch, 4)]
    [InlineData(0xdefUL, 3)]
    public async Task Delete_AnotherHead_ChangesNothing(ulong epoch, long sequence)
    {
        await Append(1, 3);
        var before = Log.Range;
        (await Delete(new(epoch, sequence))).ShouldBeFalse();
        (Log.Range, Log.Deleted).ShouldBe((before, 0UL));
    }

    [Fact]
    public async Task Append_AfterADelete_IsOfTheNewEpochOnly()
    {
        await Append(1, 3);
        await Log.AppendAsync(End(4), TestContext.Current.CancellationToken);
        await Delete(new(Messages.Epoch, 4));

        (await Append(5, 1)).ShouldBe(AppendResult.Refused);
        (await Append(1, 1)).ShouldBe(AppendResult.Refused);
        var begins = Messages.Batch(Messages.Range(1, 2, at: Time.GetUtcNow(), epoch: NewEpoch)) with { Life = 99 };
        (await Log.AppendAsync(begins, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);

        (await OpenAgain()).Select(key => key.First).ShouldBe([1]);
        (Log.Range.Epoch, Log.Range.Head, Log.Range.End, Log.Range.Life, Log.Deleted).ShouldBe((NewEpoch, 2, 0, 99, Messages.Epoch));
        (await List("", null, 10)).ShouldBe(["main"]);
    }

    [Fact]
    public async Task Set_BeforeTheFirstMessage_IsKnownToTheNextOwner()
    {
        StreamSettings settings = new() { RetainedMessages = 3, RetainedBytes = 5000, Retention = TimeSpan.FromMinutes(3), Description = "CI of «main»" };
        (await Log.SetAsync(settings, TestContext.Current.CancellationToken)).ShouldBeTrue();

        Log.Settings.ShouldBe(settings);
        await OpenAgain();
        Log.Settings.ShouldBe(settings);
        (await Logs.SettingsOfAsync(StreamName.Main, TestContext.Current.CancellationToken)).ShouldBe(settings);
        (await Logs.SettingsOfAsync(StreamName.Parse("other"), TestContext.Current.CancellationToken)).ShouldBe(StreamSettings.None);

        await Append(1, 5);
        (await Read(0)).ShouldBe([3, 4, 5]);
    }

    [Fact]
    public async Task Set_LowerBounds_HoldAtOnce()
    {
        await Append(1, 5);
        await Log.SetAsync(new() { RetainedMessages = 2 }, TestContext.Current.CancellationToken);
        (await Read(0)).ShouldBe([4, 5]);

        await Log.SetAsync(StreamSettings.None, TestContext.Current.CancellationToken);
        await Append(6, 3);
        (await Read(0)).ShouldBe([4, 5, 6, 7, 8]);
        (await Logs.SettingsOfAsync(StreamName.Main, TestContext.Current.CancellationToken)).ShouldBe(StreamSettings.None);
    }

    [Fact]
    public async Task Set_LongerRetention_KeepsWhatIsThere()
    {
        await Append(1, 1);
        await Log.SetAsync(new() { Retention = 3 * Retained.Retention }, TestContext.Current.CancellationToken);
        Time.Advance(2 * Retained.Retention);
        await Log.TrimAsync(TestContext.Current.CancellationToken);
        (await Read(0)).ShouldBe([1]);

        Time.Advance(2 * Retained.Retention);
        await Log.TrimAsync(TestContext.Current.CancellationToken);
        (await Read(0)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Set_MoreThanMayBe_CountsUpToTheMost()
    {
        (Retained.RetainedMessages, Retained.MaxRetainedMessages) = (2, 3);
        await Log.SetAsync(new() { RetainedMessages = 100 }, TestContext.Current.CancellationToken);
        await Append(1, 5);
        (await Read(0)).ShouldBe([3, 4, 5]);
    }

    [Fact]
    public async Task Settings_DeleteAndForget_LeaveThem()
    {
        StreamSettings settings = new() { RetainedMessages = 3 };
        await Log.SetAsync(settings, TestContext.Current.CancellationToken);
        await Append(1, 1);
        await Delete(new(Messages.Epoch, 1));
        Log.Settings.ShouldBe(settings);

        await Log.AppendAsync(Messages.Batch(Messages.Range(1, 1, at: Time.GetUtcNow(), epoch: NewEpoch)), TestContext.Current.CancellationToken);
        (await Log.ForgetAsync(new(NewEpoch, 1), TestContext.Current.CancellationToken)).ShouldBeTrue();
        await OpenAgain();

        (Log.Settings, Log.Forgotten, Log.Deleted).ShouldBe((settings, NewEpoch, Messages.Epoch));
    }

    [Fact]
    public async Task Set_WithoutRoom_TakesAPlaceLikeAStream()
    {
        Retained.MaxStreams = 2;
        await Begin("a");
        (await Log.SetAsync(new() { Description = "x" }, TestContext.Current.CancellationToken)).ShouldBeTrue();
        var third = Logs.LogOf(StreamName.Parse("third"));

        (await third.SetAsync(new() { Description = "x" }, TestContext.Current.CancellationToken)).ShouldBeFalse();
        third.Settings.ShouldBe(StreamSettings.None);
        (await third.AppendAsync(Messages.Batch(Messages.Range(1, 1, at: Time.GetUtcNow())), TestContext.Current.CancellationToken))
            .ShouldBe(AppendResult.Full);

        // Its messages may go, its place stays. Without settings it is free.
        await Append(1, 1);
        await Delete(new(Messages.Epoch, 1));
        (await third.SetAsync(new() { Description = "x" }, TestContext.Current.CancellationToken)).ShouldBeFalse();
        await Log.SetAsync(StreamSettings.None, TestContext.Current.CancellationToken);
        (await third.SetAsync(new() { Description = "x" }, TestContext.Current.CancellationToken)).ShouldBeTrue();
    }

    [Fact]
    public async Task Delete_FreesThePlace_AndTakesItAgain()
    {
        Retained.MaxStreams = 1;
        await Append(1, 1);
        await Delete(new(Messages.Epoch, 1));
        await Begin("a");

        var begins = Messages.Batch(Messages.Range(1, 1, at: Time.GetUtcNow(), epoch: NewEpoch));
        (await Log.AppendAsync(begins, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Full);
    }

    [Fact]
    public async Task Quietest_StreamWithSettings_IsNotAmongThem()
    {
        await Append(1, 1);
        await Begin("a");
        await Log.SetAsync(new() { RetainedMessages = 3 }, TestContext.Current.CancellationToken);
        Time.Advance(TimeSpan.FromHours(2));
        (await Quietest()).ShouldBe(["a"]);

        await Log.SetAsync(StreamSettings.None, TestContext.Current.CancellationToken);
        (await Quietest()).ShouldBe(["a", "main"], ignoreOrder: true);
    }

    /// <summary>How a message is shown whose type only the gateway may say now.</summary>
    private protected virtual string ShownType => "x-end";

    private const ulong NewEpoch = 0xfee;

    private ValueTask<bool> Delete(EventId head) => Log.DeleteAsync(head, NewEpoch, life: 99, TestContext.Current.CancellationToken);

    private HistoryBatch End(long sequence) =>
        new(Guid.NewGuid(), Messages.Epoch, [StreamMessage.EndOf(StreamName.Main, new(Messages.Epoch, sequence), Time.GetUtcNow())], []);

    private async Task<string[]> Quietest() =>
        [.. (await Logs.QuietestAsync(Logs.Clock.GetUtcNow() - TimeSpan.FromHours(1), 10, TestContext.Current.CancellationToken)).Select(log => log.Stream.Value)];

    private protected async Task Begin(string name)
    {
        var batch = Messages.Batch(Messages.Range(1, 1, at: Time.GetUtcNow()));
        (await Logs.LogOf(StreamName.Parse(name)).AppendAsync(batch, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);
    }

    private protected async Task<string[]> List(string prefix, string? after, int limit) =>
        [.. (await Logs.ListAsync(prefix, after, limit, TestContext.Current.CancellationToken)).Select(log => log.Stream.Value)];

    /// <summary>The keys that are known, for a history that does not hand them over when it is opened.</summary>
    private protected virtual Task<IReadOnlyList<KeyRecord>> KeysAsync(IReadOnlyList<KeyRecord> opened) => Task.FromResult(opened);

    private protected async Task<IReadOnlyList<KeyRecord>> OpenAgain()
    {
        Log = Logs.LogOf(StreamName.Main);
        return await KeysAsync(await Log.OpenAsync(TestContext.Current.CancellationToken));
    }

    private protected async ValueTask<AppendResult> Append(long first, int count)
    {
        var result = await Log.AppendAsync(Messages.Batch(Messages.Range(first, count, at: Time.GetUtcNow())), TestContext.Current.CancellationToken);
        await SettleAsync();
        return result;
    }

    /// <summary>Waits for the work that an append does in the background.</summary>
    private protected virtual Task SettleAsync() => Task.CompletedTask;

    private protected async Task<long[]> Read(long after, int maxMessages = 1000, int maxBytes = int.MaxValue) =>
        [.. (await Log.ReadAsync(new(after, maxMessages, maxBytes), TestContext.Current.CancellationToken)).Select(m => m.Id.Sequence)];
}
