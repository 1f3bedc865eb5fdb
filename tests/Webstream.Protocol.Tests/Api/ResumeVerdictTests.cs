using CsCheck;

namespace Webstream.Protocol.Tests.Api;

public class ResumeVerdictTests
{
    private const ulong Epoch = 0xabc;

    [Fact]
    public void Judge_IdWithinTheWindow_Recovers()
    {
        var verdict = ResumeVerdict.Judge(new(Epoch, 7), new(Epoch, 10), oldest: 3);
        verdict.ShouldBe(new(ResumeStatus.Recovered, new(Epoch, 7), new(Epoch, 10), 3));
        verdict.Start.ShouldBe(new(Epoch, 7));
    }

    [Fact]
    public void Judge_IdAtTheHead_RecoversNothing()
    {
        var verdict = ResumeVerdict.Judge(new(Epoch, 10), new(Epoch, 10), oldest: 3);
        verdict.ShouldBe(new(ResumeStatus.Recovered, new(Epoch, 10), new(Epoch, 10), 0));
        verdict.Start.ShouldBe(new(Epoch, 10));
    }

    [Fact]
    public void Judge_IdJustBeforeTheOldest_RecoversAllThatIsRetained() =>
        ResumeVerdict.Judge(new(Epoch, 2), new(Epoch, 10), oldest: 3).ShouldBe(new(ResumeStatus.Recovered, new(Epoch, 2), new(Epoch, 10), 8));

    [Fact]
    public void Judge_IdOlderThanTheWindow_IsAGapOfWhatWasMissed()
    {
        var verdict = ResumeVerdict.Judge(new(Epoch, 1), new(Epoch, 10), oldest: 3);
        verdict.ShouldBe(new(ResumeStatus.Gap, new(Epoch, 1), new(Epoch, 10), 8, Missed: 1));
        verdict.Start.ShouldBe(new(Epoch, 2));
    }

    [Fact]
    public void Judge_NothingRetained_MissesAllSinceTheId()
    {
        var verdict = ResumeVerdict.Judge(new(Epoch, 8), new(Epoch, 10), oldest: 11);
        verdict.ShouldBe(new(ResumeStatus.Gap, new(Epoch, 8), new(Epoch, 10), 0, Missed: 2));
        verdict.Start.ShouldBe(new(Epoch, 10));
    }

    [Fact]
    public void Judge_NothingRetainedAndAtTheHead_Recovers() =>
        ResumeVerdict.Judge(new(Epoch, 10), new(Epoch, 10), oldest: 11).Status.ShouldBe(ResumeStatus.Recovered);

    [Fact]
    public void Judge_OtherEpoch_ResetsToAllThatIsRetained()
    {
        var verdict = ResumeVerdict.Judge(new(0xdef, 7), new(Epoch, 10), oldest: 3);
        verdict.ShouldBe(new(ResumeStatus.Reset, new(0xdef, 7), new(Epoch, 10), 8));
        verdict.Start.ShouldBe(new(Epoch, 2));
    }

    [Fact]
    public void Judge_IdAheadOfTheHead_Resets() =>
        ResumeVerdict.Judge(new(Epoch, 11), new(Epoch, 10), oldest: 3).ShouldBe(new(ResumeStatus.Reset, new(Epoch, 11), new(Epoch, 10), 8));

    [Fact]
    public void Judge_StreamThatLostAll_Resets() =>
        ResumeVerdict.Judge(new(Epoch, 11), EventId.Zero, oldest: 1).ShouldBe(new(ResumeStatus.Reset, new(Epoch, 11), EventId.Zero, 0));

    [Theory]
    [InlineData(Epoch, "forgotten")]
    [InlineData(0xdefUL, null)] // another epoch of the stream
    [InlineData(0UL, null)]
    public void Judge_StreamThatGaveWayToOthers_ResetsWithTheReason(ulong forgotten, string? reason)
    {
        ResumeVerdict.Judge(new(Epoch, 11), EventId.Zero, oldest: 1, forgotten).ShouldBe(new(ResumeStatus.Reset, new(Epoch, 11), EventId.Zero, 0, Reason: reason));
        ResumeVerdict.Judge(new(Epoch, 11), new(7, 3), oldest: 1, forgotten).Reason.ShouldBe(reason);
        ResumeVerdict.Judge(EventId.Zero, EventId.Zero, oldest: 1, forgotten).Reason.ShouldBeNull();
        ResumeVerdict.Judge(new(7, 1), new(7, 3), oldest: 1, forgotten).Reason.ShouldBeNull();
    }

    [Fact]
    public void Judge_ZeroOnAnEmptyStream_RecoversNothing()
    {
        var verdict = ResumeVerdict.Judge(EventId.Zero, EventId.Zero, oldest: 1);
        verdict.ShouldBe(new(ResumeStatus.Recovered, EventId.Zero, EventId.Zero, 0));
        verdict.Start.ShouldBe(EventId.Zero);
    }

    [Fact]
    public void Judge_ZeroOnAStreamThatBeganSince_RecoversAll()
    {
        var verdict = ResumeVerdict.Judge(EventId.Zero, new(Epoch, 4), oldest: 1);
        verdict.ShouldBe(new(ResumeStatus.Recovered, EventId.Zero, new(Epoch, 4), 4));
        verdict.Start.ShouldBe(new(Epoch, 0));
    }

    [Fact]
    public void Judge_ZeroOnAStreamThatLostItsBeginning_IsAGap() =>
        ResumeVerdict.Judge(EventId.Zero, new(Epoch, 10), oldest: 3).ShouldBe(new(ResumeStatus.Gap, EventId.Zero, new(Epoch, 10), 8, Missed: 2));

    [Fact]
    public void Judge_AnyIdOfThisLife_AccountsForEveryMessage() =>
        Gen.Select(Gen.Long[0, 30], Gen.Long[0, 30], Gen.Long[0, 40])
            .Sample((head, dropped, from) =>
            {
                var oldest = Math.Min(dropped, head) + 1;
                var verdict = ResumeVerdict.Judge(new(Epoch, from), new(Epoch, head), oldest);

                (verdict.Start.Sequence + verdict.Replayed).ShouldBe(head);
                verdict.Start.Sequence.ShouldBeGreaterThanOrEqualTo(oldest - 1);
                if (from > head)
                {
                    verdict.Status.ShouldBe(ResumeStatus.Reset);
                    return;
                }

                (from + (verdict.Missed ?? 0) + verdict.Replayed).ShouldBe(head);
                verdict.Status.ShouldBe(from < oldest - 1 ? ResumeStatus.Gap : ResumeStatus.Recovered);
            });
}
