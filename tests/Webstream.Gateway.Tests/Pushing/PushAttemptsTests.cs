using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.Pushing;
using Webstream.Gateway.Tests.Streams;
using Webstream.Grains;
using Webstream.Grains.History;

namespace Webstream.Gateway.Tests.Pushing;

public sealed class PushAttemptsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider time = new();
    private readonly PushAttempts attempts;

    public PushAttemptsTests() => attempts = new(time);

    [Fact]
    public async Task Next_WithNothingAsked_IsNoneAtOnce()
    {
        (await NextAsync()).ShouldBeNull();

        (attempts.AnyOpen, attempts.MaybeIn, attempts.Reason).ShouldBe((false, false, "no answer"));
    }

    [Fact]
    public async Task Attempt_ThatHangs_StaysOpenAndMayAnswerLater()
    {
        var hung = Add();
        var next = NextAsync();
        time.Advance(Patience);
        (await next).ShouldBeNull();
        (attempts.AnyOpen, attempts.MaybeIn).ShouldBe((true, true));

        hung.SetResult(Answer(PushOutcome.Accepted));

        (await NextAsync())!.Outcome.ShouldBe(PushOutcome.Accepted);
        attempts.AnyOpen.ShouldBeFalse();
    }

    [Fact]
    public async Task Answers_OfTwoAttempts_ComeAsTheyAreGiven()
    {
        var first = Add();
        var second = Add();
        second.SetResult(Answer(PushOutcome.Retry));
        (await NextAsync())!.Outcome.ShouldBe(PushOutcome.Retry);
        attempts.MaybeIn.ShouldBeTrue();

        first.SetResult(Answer(PushOutcome.Expired));

        (await NextAsync())!.Outcome.ShouldBe(PushOutcome.Expired);
        attempts.MaybeIn.ShouldBeFalse();
    }

    [Theory]
    [InlineData(PushOutcome.Unknown, true)]
    [InlineData(PushOutcome.Unavailable, false)]
    [InlineData(PushOutcome.Retry, false)]
    public async Task Answer_ThatSaysTheMessagesMayBeIn_IsRemembered(PushOutcome outcome, bool maybeIn)
    {
        Add().SetResult(Answer(outcome));
        await NextAsync();

        Add().SetResult(Answer(PushOutcome.Retry));
        await NextAsync();

        attempts.MaybeIn.ShouldBe(maybeIn);
    }

    [Fact]
    public async Task Failure_OfACallThatNobodyAnswered_LeavesOpenWhetherTheMessagesAreIn()
    {
        Add().SetException(new TimeoutException("No silo."));

        (await NextAsync()).ShouldBeNull();

        (attempts.MaybeIn, attempts.Refusal, attempts.Reason).ShouldBe((true, null, "No silo."));
    }

    [Fact]
    public async Task Failure_OfAnOwnerWithoutItsLog_SaysThatNothingIsInAndWhy()
    {
        Add().SetException(new HistoryAwayException("It is full.", maybeIn: false) { Refusal = "Redis is full" });

        (await NextAsync()).ShouldBeNull();

        (attempts.MaybeIn, attempts.Refusal, attempts.Reason).ShouldBe((false, "Redis is full", "Redis is full"));
    }

    [Fact]
    public async Task Refusal_IsTheLastAttemptsOnly()
    {
        Add().SetResult(Answer(PushOutcome.Unavailable) with { Refusal = "Redis is full" });
        await NextAsync();
        attempts.Refusal.ShouldBe("Redis is full");

        Add().SetResult(Answer(PushOutcome.Retry));
        await NextAsync();

        attempts.Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task Failure_ThatIsAFault_IsThePushers()
    {
        Add().SetException(new InvalidOperationException("A fault."));

        await Should.ThrowAsync<InvalidOperationException>(NextAsync());
    }

    private TaskCompletionSource<PushResult> Add()
    {
        var asked = new TaskCompletionSource<PushResult>();
        attempts.Add(asked.Task);
        return asked;
    }

    private Task<PushResult?> NextAsync() => attempts.NextAsync(Patience, TestContext.Current.CancellationToken);

    private static PushResult Answer(PushOutcome outcome) => new() { Outcome = outcome, Status = new GrainDouble().Status };
}
