using Webstream.Gateway.Pushing;
using Webstream.Gateway.Tests.Streams;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Pushing;

public sealed class PusherAnswersTests
{
    [Theory]
    [InlineData(PushOutcome.KeyReused, WebstreamError.KeyReused, null)]
    [InlineData(PushOutcome.Overloaded, WebstreamError.Unavailable, null)]
    [InlineData(PushOutcome.Full, WebstreamError.Unavailable, 60)]
    public void Outcome_ThatAnotherAttemptDoesNotChange_IsToldAtOnce(PushOutcome outcome, WebstreamError error, int? retryAfter)
    {
        var told = Should.Throw<WebstreamException>(() => PusherAnswers.ThrowIfFinal(outcome, maybeIn: false));

        (told.Error, (int?)told.RetryAfter?.TotalSeconds).ShouldBe((error, retryAfter));
    }

    [Theory]
    [InlineData(PushOutcome.Overloaded, true)]
    [InlineData(PushOutcome.Full, true)]
    [InlineData(PushOutcome.Retry, false)]
    [InlineData(PushOutcome.Expired, false)]
    [InlineData(PushOutcome.Unavailable, false)]
    [InlineData(PushOutcome.Unknown, false)]
    public void Outcome_ThatAnotherAttemptMayChange_IsNotTheLastWord(PushOutcome outcome, bool maybeIn) =>
        PusherAnswers.ThrowIfFinal(outcome, maybeIn);

    [Fact]
    public void Key_UsedForAnotherMessage_IsToldWhateverOtherAttemptsSay() =>
        Should.Throw<WebstreamException>(() => PusherAnswers.ThrowIfFinal(PushOutcome.KeyReused, maybeIn: true)).Error.ShouldBe(WebstreamError.KeyReused);

    [Fact]
    public void Refusal_IsToldUnlessTheMessagesMayBeIn()
    {
        PusherAnswers.ThrowIfRefused(null, maybeIn: false);
        PusherAnswers.ThrowIfRefused("Redis is full", maybeIn: true);

        var told = Should.Throw<WebstreamException>(() => PusherAnswers.ThrowIfRefused("Redis is full", maybeIn: false));

        told.Message.ShouldBe("Redis is full. Nothing was pushed. Try again once that has been changed.");
        told.RetryAfter.ShouldBe(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void NoAnswer_IsNotPushedOrNotKnownWithTheKey()
    {
        var (notPushed, unknown) = (PusherAnswers.NoAnswer(maybeIn: false, null, "key"), PusherAnswers.NoAnswer(maybeIn: true, null, "key"));

        (notPushed.Error, notPushed.IdempotencyKey).ShouldBe((WebstreamError.Unavailable, null));
        (unknown.Error, unknown.IdempotencyKey).ShouldBe((WebstreamError.Unknown, "key"));
        PusherAnswers.NoAnswer(maybeIn: true, "Redis is full", "key").Message.ShouldBe(
            "Redis is full. It is not known whether the message went in. Push it again with the same idempotencyKey once that has been changed: it will not double.");
    }

    [Theory]
    [InlineData(PushOutcome.Accepted, "key", false)]
    [InlineData(PushOutcome.Duplicate, "key", true)]
    [InlineData(PushOutcome.Duplicate, null, false)]
    public void Receipt_SaysDuplicateOnlyOfThePushersOwnKey(PushOutcome outcome, string? key, bool isDuplicate)
    {
        var grain = new GrainDouble();
        grain.Push(7);

        var receipt = PusherAnswers.Receipt(
            new(TestMessages.Stream, [new() { Message = "a" }, new() { Message = "b" }]) { IdempotencyKey = key },
            new() { Outcome = outcome, Status = grain.Status, First = 6, Count = 2, Timestamp = DateTimeOffset.UnixEpoch });

        (receipt.Duplicate, receipt.FirstId, receipt.LastId, receipt.Settled).ShouldBe((isDuplicate, new(0xe1, 6), new(0xe1, 7), true));
    }
}
