using Microsoft.Extensions.Logging.Testing;
using Webstream.Grains.Log;

namespace Webstream.Grains.Tests.Log;

public class LogWatchTests
{
    private readonly FakeLogger logger = new();
    private readonly LogWatch watch;

    public LogWatchTests() => watch = new(logger);

    private string[] Lines => [.. logger.Collector.GetSnapshot().Select(line => line.Message)];

    [Fact]
    public void Fails_AgainAndAgain_IsSaidOnceAtTheBeginningAndOnceAtTheEnd()
    {
        for (var i = 0; i < 10; i++)
        {
            watch.Fails(LogPart.Appending, "It is full");
        }

        watch.Health.ShouldBe(new("pushes are refused: It is full", null));
        watch.Works(LogPart.Appending).ShouldBeFalse();
        watch.Works(LogPart.Appending).ShouldBeFalse();

        watch.Health.ShouldBe(LogHealth.Fine);
        Lines.ShouldBe(["The log: pushes are refused: It is full", "The log: no longer so that pushes are refused"]);
    }

    [Fact]
    public void Fails_ForReasonsThatTakeTurns_SaysEachOnceWhileItLasts()
    {
        for (var i = 0; i < 5; i++)
        {
            watch.Fails(LogPart.Appending, "It is full");
            watch.Fails(LogPart.Appending, "It does not answer");
        }

        watch.Works(LogPart.Appending);
        watch.Fails(LogPart.Appending, "It is full");
        Lines.Count(line => line.EndsWith("It is full", StringComparison.Ordinal)).ShouldBe(2);
        Lines.Count(line => line.EndsWith("It does not answer", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public void Tried_SeveralPartsForOneReason_ShareALineAndAText()
    {
        watch.Tried(new Dictionary<LogPart, string> { [LogPart.Appending] = "No EVALSHA", [LogPart.Trimming] = "No EVALSHA", [LogPart.Reading] = "No XRANGE" });

        watch.Health.ShouldBe(new("pushes are refused, history is not trimmed: No EVALSHA", "history cannot be read: No XRANGE"));
        Lines.ShouldBe(["The log: pushes are refused, history is not trimmed: No EVALSHA", "The log: history cannot be read: No XRANGE"]);
    }

    [Fact]
    public void Works_AfterATrialFoundOtherwise_AsksForAnotherTrial()
    {
        watch.Tried(new Dictionary<LogPart, string> { [LogPart.Trimming] = "No XTRIM" });
        watch.Works(LogPart.Trimming).ShouldBeTrue();
        watch.IsFailing(LogPart.Trimming).ShouldBeTrue();

        watch.Tried(new Dictionary<LogPart, string>());
        watch.Health.ShouldBe(LogHealth.Fine);
        Lines.Length.ShouldBe(2);
    }

    [Fact]
    public void Fails_ForOneStream_LeavesTheLogAsAWholeFine()
    {
        var stream = StreamName.Parse("a");
        watch.Fails(LogPart.Appending, stream, "WRONGTYPE");
        watch.Fails(LogPart.Appending, stream, "WRONGTYPE");
        watch.Works(LogPart.Appending, StreamName.Parse("b"));
        watch.Health.ShouldBe(LogHealth.Fine);

        watch.Works(LogPart.Appending, stream);
        Lines.ShouldBe(["The log of stream a alone: pushes are refused: WRONGTYPE", "The log of stream a: no longer so that pushes are refused"]);
    }
}
