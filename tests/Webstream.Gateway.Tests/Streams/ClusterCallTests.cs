using Orleans.Runtime;
using Webstream.Gateway.Streams;
using Webstream.Grains.History;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Streams;

public sealed class ClusterCallTests
{
    private static readonly HistoryAwayException Refused = new("It is full.", maybeIn: false) { Refusal = "Redis is full" };

    [Fact]
    public async Task Call_ThatNobodyAnswers_IsUnavailableAndNoFaultOfOurs()
    {
        Exception[] failures = [new TimeoutException(), new OrleansException(), new ObjectDisposedException("silo"), new HistoryAwayException("", maybeIn: true)];
        foreach (var failure in failures)
        {
            (ClusterCall.IsAway(failure), ClusterCall.MayHavePushed(failure), ClusterCall.MayBeUnknown(failure)).ShouldBe((true, true, false));
            var told = await Should.ThrowAsync<WebstreamException>(ClusterCall.Of(() => Task.FromException<int>(failure)));
            told.Error.ShouldBe(WebstreamError.Unavailable);
        }
    }

    [Fact]
    public async Task Call_ThatTheLogRefuses_SaysWhy()
    {
        (ClusterCall.RefusalOf(Refused), ClusterCall.MayHavePushed(Refused)).ShouldBe(("Redis is full", false));

        var told = await Should.ThrowAsync<WebstreamException>(ClusterCall.Of(() => Task.FromException<int>(Refused)));

        told.Message.ShouldBe("Redis is full. Try again once that has been changed.");
    }

    [Fact]
    public async Task Call_ThatFailsOtherwise_IsAFaultOrUnknownToASiloOfBefore()
    {
        var failure = new NotSupportedException("No such method.");

        (ClusterCall.IsAway(failure), ClusterCall.MayBeUnknown(failure)).ShouldBe((false, true));
        (await Should.ThrowAsync<NotSupportedException>(ClusterCall.Of(() => Task.FromException<int>(failure)))).ShouldBeSameAs(failure);
        ClusterCall.MayBeUnknown(new OutOfMemoryException()).ShouldBeFalse();
    }
}
