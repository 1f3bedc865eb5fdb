using Webstream.Grains.History;

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

        (await BeginAt(new(NewEpoch, 6))).ShouldBe(AppendResult.Appended);

        await OpenAgain();
        (Log.IsMoved, Log.Range.Epoch, Log.Range.Head, Log.Range.Oldest, Log.Range.Life > life).ShouldBe((false, NewEpoch, 6, 7, true));
        (await Log.AppendAsync(Messages.Batch(Messages.Range(7, 2, at: Time.GetUtcNow(), epoch: NewEpoch)), TestContext.Current.CancellationToken))
            .ShouldBe(AppendResult.Appended);
        (await Read(0)).ShouldBe([7, 8]);
    }

    [Fact]
    public async Task Begin_StreamWithMessages_IsRefused()
    {
        await Append(1, 3);
        (await BeginAt(new(NewEpoch, 6))).ShouldBe(AppendResult.Refused);
        await Log.AppendAsync(End(4), TestContext.Current.CancellationToken);
        // A closed stream has not moved: nobody else has its messages.
        (await BeginAt(new(NewEpoch, 6))).ShouldBe(AppendResult.Refused);
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

        (await BeginAt(new(Messages.Epoch, 0))).ShouldBe(AppendResult.Appended);
        await OpenAgain();
        (Log.IsMoved, Log.Range.End).ShouldBe((false, 0));
        (await Append(1, 3)).ShouldBe(AppendResult.Appended);
        (await Log.AppendAsync(End(4), TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);
        (await Append(5, 1)).ShouldBe(AppendResult.Ended);
    }

    [Fact]
    public async Task Begin_StreamThatWasDeleted_MayHaveItsOldEpochAgain()
    {
        await Append(1, 3);
        await Delete(new(Messages.Epoch, 3));
        (await BeginAt(new(Messages.Epoch, 0))).ShouldBe(AppendResult.Appended);
        await OpenAgain();
        (await Append(1, 3)).ShouldBe(AppendResult.Appended);
        (await Read(0)).ShouldBe([1, 2, 3]);
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
        (await BeginAt(new(NewEpoch, 6))).ShouldBe(AppendResult.Appended);
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

    private Task<AppendResult> BeginAt(EventId before) =>
        Logs.MoveOf(StreamName.Main).BeginAsync(before, Time.GetUtcNow(), TestContext.Current.CancellationToken);
}
