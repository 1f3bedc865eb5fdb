using Webstream.Grains.History;
using Webstream.Grains.History.Moving;

namespace Webstream.Grains.Tests.History;

/// <summary>What moves a stream from one history to another.</summary>
public abstract partial class StreamLogTests
{
    [Fact]
    public async Task Finish_HeadAsItIs_EndsAppendsAndLeavesWhatIsThere()
    {
        await Append(1, 3);

        (await Finish(new(Messages.Epoch, 2))).ShouldBeFalse();
        (await Finish(new(Messages.Epoch, 3))).ShouldBeTrue();

        await OpenAgain();
        Log.IsMoved.ShouldBeTrue();
        (await Append(4, 1)).ShouldBe(AppendResult.Refused);
        (Log.Range.Epoch, Log.Range.Head, Log.Forgotten).ShouldBe((Messages.Epoch, 3, 0UL));
        (await Read(0)).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task Begin_StreamThatWasMovedAway_IsReplacedAndTakesMessagesAgain()
    {
        await Append(1, 3);
        await Finish(new(Messages.Epoch, 3));
        var life = Log.Range.Life;

        (await BeginAt(new(NewEpoch, 6))).ShouldBe(MoveResult.Done);

        await OpenAgain();
        (Log.IsMoved, Log.Range.Epoch, Log.Range.Head, Log.Range.Oldest, Log.Range.Life > life).ShouldBe((true, NewEpoch, 6, 7, true));
        var batch = Messages.Batch(Messages.Range(7, 2, at: Time.GetUtcNow(), epoch: NewEpoch));
        (await Log.AppendAsync(batch, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Refused);
        (await Log.AppendAsync(batch with { Moves = true }, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);
        (await CompleteAt(new(NewEpoch, 7))).ShouldBeFalse();
        (await CompleteAt(new(NewEpoch, 8))).ShouldBeTrue();
        await OpenAgain();
        Log.IsMoved.ShouldBeFalse();
        var next = Messages.Batch(Messages.Range(9, 1, at: Time.GetUtcNow(), epoch: NewEpoch));
        (await Log.AppendAsync(next with { Moves = true }, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Refused);
        (await Log.AppendAsync(next, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);
        (await Read(0)).ShouldBe([7, 8, 9]);
    }

    [Fact]
    public async Task Begin_MoveThatWasCutOff_IsDoneAgainInTheSameEpoch()
    {
        (await BeginAt(new(Messages.Epoch, 0), life: 50)).ShouldBe(MoveResult.Done);
        await OpenAgain();
        await Log.AppendAsync(Messages.Batch(Messages.Range(1, 2, at: Time.GetUtcNow())) with { Moves = true }, TestContext.Current.CancellationToken);
        await OpenAgain();
        (await Append(3, 1)).ShouldBe(AppendResult.Refused);

        (await BeginAt(new(Messages.Epoch, 0), life: 50)).ShouldBe(MoveResult.Done);
        await OpenAgain();
        await Log.AppendAsync(Messages.Batch(Messages.Range(1, 3, at: Time.GetUtcNow())) with { Moves = true }, TestContext.Current.CancellationToken);
        (await CompleteAt(new(Messages.Epoch, 3))).ShouldBeTrue();
        await OpenAgain();
        (await Append(4, 1)).ShouldBe(AppendResult.Appended);
        (await Read(0)).ShouldBe([1, 2, 3, 4]);
    }

    [Fact]
    public async Task Complete_ClosedStreamWhoseEndIsNotRetained_IsClosed()
    {
        await BeginAt(new(Messages.Epoch, 4), life: 50);
        (await CompleteAt(new(Messages.Epoch, 4), closed: true)).ShouldBeTrue();
        await OpenAgain();
        (Log.IsMoved, Log.Range.End, Log.Range.Head).ShouldBe((false, 4, 4));
        (await Append(5, 1)).ShouldBe(AppendResult.Ended);
    }

    [Fact]
    public async Task Begin_EpochThatWasDeletedHere_IsOlder()
    {
        await BeginAt(new(Messages.Epoch, 0), life: 50);
        await OpenAgain();
        await CompleteAt(new(Messages.Epoch, 0));
        await OpenAgain();
        await Append(1, 3);
        await Delete(new(Messages.Epoch, 3));

        (await BeginAt(new(Messages.Epoch, 0), life: 50)).ShouldBe(MoveResult.Older);
        (Log.Range.Epoch, Log.Range.Head).ShouldBe((NewEpoch, 0));
        (await BeginAt(new(0xabcdef, 0), life: 0)).ShouldBe(MoveResult.Done);
    }

    [Fact]
    public async Task Begin_StreamWithMessages_IsRefused()
    {
        await Append(1, 3);
        (await BeginAt(new(NewEpoch, 6))).ShouldBe(MoveResult.NotEmpty);
        await Log.AppendAsync(End(4), TestContext.Current.CancellationToken);
        // A closed stream has not moved: nobody else has its messages.
        (await BeginAt(new(NewEpoch, 6))).ShouldBe(MoveResult.NotEmpty);
        (await Read(0)).ShouldBe([1, 2, 3, 4]);
        await OpenAgain();
        (Log.IsMoved, Log.Range.End).ShouldBe((false, 4));
    }

    [Fact]
    public async Task Finish_ClosedStream_StaysClosedAndCanBeReplaced()
    {
        await Append(1, 3);
        await Log.AppendAsync(End(4), TestContext.Current.CancellationToken);
        (await Finish(new(Messages.Epoch, 4))).ShouldBeTrue();
        await OpenAgain();
        (Log.IsMoved, Log.Range.End).ShouldBe((true, 4));

        (await BeginAt(new(Messages.Epoch, 3))).ShouldBe(MoveResult.Done);
        await OpenAgain();
        (Log.IsMoved, Log.Range.End).ShouldBe((true, 0));
        (await Log.AppendAsync(End(4) with { Moves = true }, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);
        (await CompleteAt(new(Messages.Epoch, 4), closed: true)).ShouldBeTrue();
        await OpenAgain();
        (Log.IsMoved, Log.Range.End, Log.Forgotten).ShouldBe((false, 4, 0UL));
        (await Append(5, 1)).ShouldBe(AppendResult.Ended);
    }

    [Fact]
    public async Task Delete_StreamThatWasMovedAway_TakesMessagesAgain()
    {
        await Append(1, 3);
        await Finish(new(Messages.Epoch, 3));
        await OpenAgain();
        (await Delete(new(Messages.Epoch, 3))).ShouldBeTrue();
        Log.IsMoved.ShouldBeFalse();
        await OpenAgain();
        Log.IsMoved.ShouldBeFalse();
        (await Log.AppendAsync(Messages.Batch(Messages.Range(1, 1, at: Time.GetUtcNow(), epoch: NewEpoch)), TestContext.Current.CancellationToken))
            .ShouldBe(AppendResult.Appended);
    }

    [Fact]
    public async Task Settings_OfAStreamThatBeginsAnew_Stay()
    {
        StreamSettings settings = new() { RetainedMessages = 3 };
        await Log.SetAsync(settings, TestContext.Current.CancellationToken);
        (await BeginAt(new(NewEpoch, 6))).ShouldBe(MoveResult.Done);
        await OpenAgain();
        Log.Settings.ShouldBe(settings);
    }

    [Fact]
    public async Task Names_AreOfStreamsWithMessagesOrSettings_InOrder()
    {
        await Begin("c");
        await Logs.LogOf(StreamName.Parse("b")).SetAsync(new() { Description = "x" }, TestContext.Current.CancellationToken);
        await Begin("a");

        (await Logs.NamesAsync(null, 2, TestContext.Current.CancellationToken)).ShouldBe([StreamName.Parse("a"), StreamName.Parse("b")]);
        (await Logs.NamesAsync("b", 2, TestContext.Current.CancellationToken)).ShouldBe([StreamName.Parse("c")]);
    }

    private Task<bool> Finish(EventId head) => Logs.MoveOf(StreamName.Main).FinishAsync(head, TestContext.Current.CancellationToken);

    private Task<MoveResult> BeginAt(EventId before, long life = 0) =>
        Logs.MoveOf(StreamName.Main).BeginAsync(before, Time.GetUtcNow(), life, TestContext.Current.CancellationToken);

    private Task<bool> CompleteAt(EventId head, bool closed = false) =>
        Logs.MoveOf(StreamName.Main).CompleteAsync(head, closed, TestContext.Current.CancellationToken);
}
