using Webstream.Gateway.Pushing;
using Webstream.Gateway.Tests.Streams;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Pushing;

public sealed class PushOutcomesTests
{
    [Theory]
    [InlineData(PublishOutcome.KeyReused, WebstreamError.KeyReused, null)]
    [InlineData(PublishOutcome.Overloaded, WebstreamError.Unavailable, null)]
    [InlineData(PublishOutcome.Full, WebstreamError.Unavailable, 60)]
    public void Outcome_ThatAnotherAttemptDoesNotChange_IsToldAtOnce(PublishOutcome outcome, WebstreamError error, int? retryAfter)
    {
        var told = Should.Throw<WebstreamException>(() => PushOutcomes.ThrowIfFinal(outcome, maybeIn: false));

        (told.Error, (int?)told.RetryAfter?.TotalSeconds).ShouldBe((error, retryAfter));
    }

    [Theory]
    [InlineData(PublishOutcome.Overloaded, true)]
    [InlineData(PublishOutcome.Full, true)]
    [InlineData(PublishOutcome.Retry, false)]
    [InlineData(PublishOutcome.Expired, false)]
    [InlineData(PublishOutcome.Unavailable, false)]
    [InlineData(PublishOutcome.Unknown, false)]
    public void Outcome_ThatAnotherAttemptMayChange_IsNotTheLastWord(PublishOutcome outcome, bool maybeIn) =>
        PushOutcomes.ThrowIfFinal(outcome, maybeIn);

    [Fact]
    public void Key_UsedForAnotherMessage_IsToldWhateverOtherAttemptsSay() =>
        Should.Throw<WebstreamException>(() => PushOutcomes.ThrowIfFinal(PublishOutcome.KeyReused, maybeIn: true)).Error.ShouldBe(WebstreamError.KeyReused);

    [Fact]
    public void Refusal_IsToldUnlessTheMessagesMayBeIn()
    {
        PushOutcomes.ThrowIfRefused(null, maybeIn: false);
        PushOutcomes.ThrowIfRefused("Redis is full", maybeIn: true);

        var told = Should.Throw<WebstreamException>(() => PushOutcomes.ThrowIfRefused("Redis is full", maybeIn: false));

        told.Message.ShouldBe("Redis is full. Nothing was pushed. Try again once that has been changed.");
        told.RetryAfter.ShouldBe(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void NoAnswer_IsNotPushedOrNotKnownWithTheKey()
    {
        var (notPushed, unknown) = (PushOutcomes.NoAnswer(maybeIn: false, null, "key"), PushOutcomes.NoAnswer(maybeIn: true, null, "key"));

        (notPushed.Error, notPushed.IdempotencyKey).ShouldBe((WebstreamError.Unavailable, null));
        (unknown.Error, unknown.IdempotencyKey).ShouldBe((WebstreamError.Unknown, "key"));
        PushOutcomes.NoAnswer(maybeIn: true, "Redis is full", "key").Message.ShouldBe(
            "Redis is full. It is not known whether the message went in. Push it again with the same idempotencyKey once that has been changed: it will not double.");
    }

    [Theory]
    [InlineData(PublishOutcome.Accepted, "key", false)]
    [InlineData(PublishOutcome.Duplicate, "key", true)]
    [InlineData(PublishOutcome.Duplicate, null, false)]
    public void Receipt_SaysDuplicateOnlyOfThePushersOwnKey(PublishOutcome outcome, string? key, bool isDuplicate)
    {
        var grain = new GrainDouble();
        grain.Push(7);

        var receipt = PushOutcomes.Receipt(
            new(TestMessages.Stream, [new() { Message = "a" }, new() { Message = "b" }]) { IdempotencyKey = key },
            new() { Outcome = outcome, Status = grain.Status, First = 6, Count = 2, Timestamp = DateTimeOffset.UnixEpoch });

        (receipt.Duplicate, receipt.FirstId, receipt.LastId, receipt.Settled).ShouldBe((isDuplicate, new(0xe1, 6), new(0xe1, 7), true));
    }
}
