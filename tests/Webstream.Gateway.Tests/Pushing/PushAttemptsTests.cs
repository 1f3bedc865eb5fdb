using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.Pushing;
using Webstream.Gateway.Tests.Streams;
using Webstream.Grains;
using Webstream.Grains.Log;

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

        hung.SetResult(Answer(PublishOutcome.Accepted));

        (await NextAsync())!.Outcome.ShouldBe(PublishOutcome.Accepted);
        attempts.AnyOpen.ShouldBeFalse();
    }

    [Fact]
    public async Task Answers_OfTwoAttempts_ComeAsTheyAreGiven()
    {
        var first = Add();
        var second = Add();
        second.SetResult(Answer(PublishOutcome.Retry));
        (await NextAsync())!.Outcome.ShouldBe(PublishOutcome.Retry);
        attempts.MaybeIn.ShouldBeTrue();

        first.SetResult(Answer(PublishOutcome.Expired));

        (await NextAsync())!.Outcome.ShouldBe(PublishOutcome.Expired);
        attempts.MaybeIn.ShouldBeFalse();
    }

    [Theory]
    [InlineData(PublishOutcome.Unknown, true)]
    [InlineData(PublishOutcome.Unavailable, false)]
    [InlineData(PublishOutcome.Retry, false)]
    public async Task Answer_ThatSaysTheMessagesMayBeIn_IsRemembered(PublishOutcome outcome, bool maybeIn)
    {
        Add().SetResult(Answer(outcome));
        await NextAsync();

        Add().SetResult(Answer(PublishOutcome.Retry));
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
        Add().SetException(new LogAwayException("It is full.", maybeIn: false) { Refusal = "Redis is full" });

        (await NextAsync()).ShouldBeNull();

        (attempts.MaybeIn, attempts.Refusal, attempts.Reason).ShouldBe((false, "Redis is full", "Redis is full"));
    }

    [Fact]
    public async Task Refusal_IsTheLastAttemptsOnly()
    {
        Add().SetResult(Answer(PublishOutcome.Unavailable) with { Refusal = "Redis is full" });
        await NextAsync();
        attempts.Refusal.ShouldBe("Redis is full");

        Add().SetResult(Answer(PublishOutcome.Retry));
        await NextAsync();

        attempts.Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task Failure_ThatIsAFault_IsThePushers()
    {
        Add().SetException(new InvalidOperationException("A fault."));

        await Should.ThrowAsync<InvalidOperationException>(NextAsync());
    }

    private TaskCompletionSource<PublishAnswer> Add()
    {
        var asked = new TaskCompletionSource<PublishAnswer>();
        attempts.Add(asked.Task);
        return asked;
    }

    private Task<PublishAnswer?> NextAsync() => attempts.NextAsync(Patience, TestContext.Current.CancellationToken);

    private static PublishAnswer Answer(PublishOutcome outcome) => new() { Outcome = outcome, Status = new GrainDouble().Status };
}
