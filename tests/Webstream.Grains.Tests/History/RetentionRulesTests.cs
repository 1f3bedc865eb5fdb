using Microsoft.Extensions.Options;
using Webstream.Grains.History;

namespace Webstream.Grains.Tests.History;

public class RetentionRulesTests
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly HistoryOptions log = new() { RetainedMessages = 100, RetainedBytes = 10_000, Retention = Day, MaxRetainedMessages = 500 };
    private readonly StreamsOptions streams = new();

    [Theory]
    [InlineData("ci.main", 10, "builds")]
    [InlineData("ci", 100, "all")]
    [InlineData("Ci.main", 100, "all")]
    [InlineData("exact", 20, null)]
    [InlineData("exactly", 100, "all")]
    public void ConfiguredFor_Name_IsWhatTheFirstPatternSays(string stream, int messages, string? description)
    {
        streams.Patterns.Add(new() { Match = "exact", RetainedMessages = 20 });
        streams.Patterns.Add(new() { Match = "ci.*", RetainedMessages = 10, Description = "builds" });
        streams.Patterns.Add(new() { Match = "*", Description = "all" });
        streams.Patterns.Add(new() { Match = "ci.*", RetainedMessages = 1, Retention = 9 * Day });

        var inForce = Rules().InForce(StreamName.Parse(stream), StreamSettings.None, closed: false);

        inForce.ShouldBe(new(messages, 10_000, Day, description, false));
        Rules().LongestRetention.ShouldBe(9 * Day);
    }

    [Fact]
    public void Of_OwnSettings_WinMemberByMemberUpToTheMost()
    {
        streams.Patterns.Add(new() { Match = "*", RetainedMessages = 50, Retention = 2 * Day, Description = "all" });

        Bounds(new() { RetainedMessages = 70 }).ShouldBe(new(70, 10_000, 2 * Day));
        Bounds(new() { RetainedMessages = 70_000, RetainedBytes = 2000, Retention = Day }).ShouldBe(new(500, 2000, Day));
        Rules().InForce(StreamName.Main, new() { Description = "own" }, closed: true).ShouldBe(new(50, 10_000, 2 * Day, "own", true));
    }

    [Fact]
    public void Of_ConfigurationBeyondTheMost_IsTheMost()
    {
        log.RetainedMessages = 2000;
        Bounds(StreamSettings.None).Messages.ShouldBe(2000);
        Bounds(new() { RetainedMessages = 3000 }).Messages.ShouldBe(2000);
        Rules().RefusalOf(StreamName.Main, new() { RetainedMessages = 2000 }).ShouldBeNull();
        Rules().RefusalOf(StreamName.Main, new() { RetainedMessages = 2001 }).ShouldNotBeNull().ShouldContain("at most 2000 here");
    }

    private HistoryBounds Bounds(StreamSettings own) => Rules().Of(StreamName.Main, own);

    private RetentionRules Rules() => new(Options.Create(log), Options.Create(streams));
}
