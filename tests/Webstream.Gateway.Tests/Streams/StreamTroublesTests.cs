using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Webstream.Gateway.Streams;

namespace Webstream.Gateway.Tests.Streams;

public sealed class StreamTroublesTests
{
    private readonly FakeLogger<StreamTroubles> logger = new();

    [Fact]
    public void Trouble_OfThousandsOfStreams_IsToldWhenItBeginsAndWhenItIsOver()
    {
        var troubles = new StreamTroubles(logger);
        for (var outage = 0; outage < 2; outage++)
        {
            Parallel.For(0, 3000, _ => troubles.Subscribing.Failed(new TimeoutException("no answer")));
            Parallel.For(0, 3000, _ => troubles.Subscribing.Worked());
        }

        logger.Collector.GetSnapshot().Select(line => (line.Level, line.Message)).ShouldBe(
        [
            (LogLevel.Warning, "Streams cannot be subscribed to (no answer); their messages are fetched meanwhile"),
            (LogLevel.Information, "Streams can be subscribed to again, after 3000 tries that failed"),
            (LogLevel.Warning, "Streams cannot be subscribed to (no answer); their messages are fetched meanwhile"),
            (LogLevel.Information, "Streams can be subscribed to again, after 3000 tries that failed"),
        ]);
    }

    [Fact]
    public void Troubles_OfTwoKinds_AreToldApart()
    {
        var troubles = new StreamTroubles(logger);
        troubles.Fetching.Worked();
        troubles.Fetching.Failed(new TimeoutException("no answer\r\n   at Somewhere.Far()"));
        troubles.Subscribing.Worked();

        logger.Collector.GetSnapshot().ShouldHaveSingleItem().Message.ShouldBe("Missing messages cannot be fetched (no answer); trying again");
    }
}
