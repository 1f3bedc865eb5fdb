using Webstream.Gateway.Streams;
using Webstream.Grains;
using Webstream.Grains.History;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Streams;

public sealed class StreamOwnerTests
{
    private readonly GrainDouble grain = new();
    private readonly AnswersDouble stream = new() { Epoch = 0x1 };
    private readonly List<StreamName> began = [];
    private readonly StreamOwner owner;

    public StreamOwnerTests()
    {
        owner = new(TestMessages.Stream, grain, began.Add);
        owner.AnswerTo(stream);
    }

    [Fact]
    public async Task Answers_OfEveryCall_ReachTheStreamEachOnce()
    {
        await owner.PushAsync(Push("a", "b"));
        await owner.PushEachAsync([Push("c"), Push("d")]);
        await owner.ReadAsync(new(0, 256, 1024));
        await owner.FillAsync(new(3, 256, 1024));
        await owner.ReportAsync(new("test", 1, 1, 0, 0, 0));
        await owner.DescribeAsync();

        stream.Taken.Select(taken => taken.Kind).ShouldBe(["receipt", "receipt", "receipt", "status", "page", "report", "status"]);
        stream.Taken.Select(taken => taken.Answer.AskedInEpoch).ShouldAllBe(epoch => epoch == 0x1);
        owner.IsAsked.ShouldBeFalse();
    }

    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 1)]
    public async Task Page_OfAnOwnerThatFindsTheHistoryChanged_IsAskedForOnceMore(bool isOthers, int reads)
    {
        grain.Push(2);
        grain.BeforeRead = _ => grain.Reads.Count == 1
            ? throw new HistoryAwayException("changed", maybeIn: false) { OtherOwner = isOthers } : Task.CompletedTask;

        var reading = owner.ReadAsync(new(0, 256, 1024));
        if (isOthers)
        {
            (await reading).Messages.Length.ShouldBe(2);
        }
        else
        {
            await Should.ThrowAsync<HistoryAwayException>(reading);
        }

        grain.Reads.Count.ShouldBe(reads);
    }

    [Fact]
    public async Task Receipt_OfAPush_BringsItsMessagesAsTheOwnerNumberedThem()
    {
        grain.Push(4);

        await owner.PushAsync(Push("a", "b"));

        var (_, answer, messages) = stream.Taken.ShouldHaveSingleItem();
        answer.Status.HeadId.ShouldBe(new(0xe1, 6));
        messages.Select(m => (m.Id, m.Message, m.Stream)).ShouldBe(
            [(new EventId(0xe1, 5), "a", TestMessages.Stream), (new EventId(0xe1, 6), "b", TestMessages.Stream)]);
    }

    [Fact]
    public async Task Receipt_OfADuplicate_BringsNoMessagesOfItsOwn()
    {
        grain.Outcome = PushOutcome.Duplicate;

        await owner.PushAsync(Push("other text under the same key"));

        stream.Taken.ShouldHaveSingleItem().Messages.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(PushOutcome.Retry)]
    [InlineData(PushOutcome.Unavailable)]
    [InlineData(PushOutcome.Unknown)]
    public async Task Answer_ToAPushThatIsNotIn_TellsTheStreamNothing(PushOutcome outcome)
    {
        grain.Outcome = outcome;

        (await owner.PushAsync(Push("a"))).Outcome.ShouldBe(outcome);

        stream.Taken.ShouldBeEmpty();
        (owner.HasHistory, began.Count).ShouldBe((false, 0));
    }

    [Fact]
    public async Task Answer_ThatComesAfterAnotherEpochWasLearned_SaysInWhichItWasAsked()
    {
        var hung = new TaskCompletionSource();
        grain.BeforePush = () => hung.Task;
        var first = owner.PushAsync(Push("a")).AsTask();
        stream.Epoch = 0x2;
        grain.BeforePush = null;
        await owner.PushAsync(Push("b"));

        hung.SetResult();
        await first;

        stream.Taken.Select(taken => taken.Answer.AskedInEpoch).ShouldBe([0x2UL, 0x1UL]);
    }

    [Fact]
    public async Task Answer_AskedForBeforeTheStreamWasHere_IsNotHandedToIt()
    {
        owner.AnswerTo(null);
        var hung = new TaskCompletionSource();
        grain.BeforePush = () => hung.Task;
        var push = owner.PushAsync(Push("a")).AsTask();
        owner.AnswerTo(stream);

        hung.SetResult();
        (await push).First.ShouldBe(1);

        stream.Taken.ShouldBeEmpty();
        began.ShouldBe([TestMessages.Stream]);
    }

    [Fact]
    public async Task Call_ThatFails_IsNotUnderWayAnyMore()
    {
        grain.BeforePush = () => Task.FromException(new TimeoutException());

        await Should.ThrowAsync<TimeoutException>(owner.PushAsync(Push("a")).AsTask());

        owner.IsAsked.ShouldBeFalse();
    }

    [Fact]
    public async Task History_ThatTheStreamHas_IsKnownFromAnyAnswer()
    {
        await owner.DescribeAsync();
        owner.HasHistory.ShouldBeFalse();
        grain.Push(1);

        await owner.DescribeAsync();
        owner.HasHistory.ShouldBeTrue();
        grain.Forget();
        await owner.ReadAsync(new(0, 1, 1));
        owner.HasHistory.ShouldBeFalse();
    }

    private static PushCommand Push(params string[] texts) =>
        new([.. texts.Select(text => new PushItem { Message = text })], Guid.NewGuid().ToString("N"), TimeSpan.FromSeconds(5));
}
