using Microsoft.Extensions.Logging.Testing;
using Webstream.Grains.History;

namespace Webstream.Grains.Tests.History;

public class HistoryWatchTests
{
    private readonly FakeLogger logger = new();
    private readonly HistoryWatch watch;

    public HistoryWatchTests() => watch = new(logger);

    private string[] Lines => [.. logger.Collector.GetSnapshot().Select(line => line.Message)];

    [Fact]
    public void Fails_AgainAndAgain_IsSaidOnceAtTheBeginningAndOnceAtTheEnd()
    {
        for (var i = 0; i < 10; i++)
        {
            watch.Fails(HistoryPart.Appending, "It is full");
        }

        watch.Health.ShouldBe(new("pushes are refused: It is full", null));
        watch.Works(HistoryPart.Appending).ShouldBeFalse();
        watch.Works(HistoryPart.Appending).ShouldBeFalse();

        watch.Health.ShouldBe(HistoryHealth.Fine);
        Lines.ShouldBe(["The log: pushes are refused: It is full", "The log: no longer so that pushes are refused"]);
    }

    [Fact]
    public void Fails_ForReasonsThatTakeTurns_SaysEachOnceWhileItLasts()
    {
        for (var i = 0; i < 5; i++)
        {
            watch.Fails(HistoryPart.Appending, "It is full");
            watch.Fails(HistoryPart.Appending, "It does not answer");
        }

        watch.Works(HistoryPart.Appending);
        watch.Fails(HistoryPart.Appending, "It is full");
        Lines.Count(line => line.EndsWith("It is full", StringComparison.Ordinal)).ShouldBe(2);
        Lines.Count(line => line.EndsWith("It does not answer", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public void Tried_SeveralPartsForOneReason_ShareALineAndAText()
    {
        watch.Tried(new Dictionary<HistoryPart, string> { [HistoryPart.Appending] = "No EVALSHA", [HistoryPart.Trimming] = "No EVALSHA", [HistoryPart.Reading] = "No XRANGE" });

        watch.Health.ShouldBe(new("pushes are refused, history is not trimmed: No EVALSHA", "history cannot be read: No XRANGE"));
        Lines.ShouldBe(["The log: pushes are refused, history is not trimmed: No EVALSHA", "The log: history cannot be read: No XRANGE"]);
    }

    [Fact]
    public void Works_AfterATrialFoundOtherwise_AsksForAnotherTrial()
    {
        watch.Tried(new Dictionary<HistoryPart, string> { [HistoryPart.Trimming] = "No XTRIM" });
        watch.Works(HistoryPart.Trimming).ShouldBeTrue();
        watch.IsFailing(HistoryPart.Trimming).ShouldBeTrue();

        watch.Tried(new Dictionary<HistoryPart, string>());
        watch.Health.ShouldBe(HistoryHealth.Fine);
        Lines.Length.ShouldBe(2);
    }

    [Fact]
    public void Fails_ForOneStream_LeavesTheLogAsAWholeFine()
    {
        var stream = StreamName.Parse("a");
        watch.Fails(HistoryPart.Appending, stream, "WRONGTYPE");
        watch.Fails(HistoryPart.Appending, stream, "WRONGTYPE");
        watch.Works(HistoryPart.Appending, StreamName.Parse("b"));
        watch.Health.ShouldBe(HistoryHealth.Fine);

        watch.Works(HistoryPart.Appending, stream);
        Lines.ShouldBe(["The log of stream a alone: pushes are refused: WRONGTYPE", "The log of stream a: no longer so that pushes are refused"]);
    }
}
