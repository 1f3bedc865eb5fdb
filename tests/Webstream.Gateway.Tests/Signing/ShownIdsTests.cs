using Webstream.Gateway.Signing;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Signing;

/// <summary>What an id is worth that a listener sends back.</summary>
public sealed class ShownIdsTests
{
    private static readonly StreamName Stream = TestMessages.Stream;
    private static readonly EventIdSigner Signer = new(new byte[32]);

    private static readonly StreamStatus Status = new()
    {
        Epoch = 0xe1,
        Head = 100,
        Oldest = 41,
        Clients = 0,
        Gateways = 0,
        Activation = Guid.Empty,
        Settled = true,
        Forgotten = 0xf0,
        Deleted = 0xd0,
        End = 100,
    };

    private readonly ShownIds signed = new(Stream, Signer);

    [Theory]
    [InlineData(70, ResumeStatus.Recovered, 70, 30)]
    [InlineData(100, ResumeStatus.Recovered, 100, 0)]
    [InlineData(20, ResumeStatus.Gap, 40, 60)]
    [InlineData(0, ResumeStatus.Gap, 40, 60)]
    public void Id_ThatWasGiven_Resumes(long sequence, ResumeStatus status, long start, long replayed)
    {
        var sent = Signer.Sign(Stream, new EventId(0xe1, sequence));

        var (at, shown) = signed.Judge(sent.ToString(), Status);

        at.ShouldBe(new(0xe1, start));
        (shown.Status, shown.Replayed, shown.From, shown.To).ShouldBe((status, replayed, sent, Signer.Sign(Stream, Status.HeadId)));
    }

    [Theory]
    [InlineData("e1-70", null)]
    [InlineData("0-0", null)]
    [InlineData("1234567890abcdef-1", null)]
    public void Id_ThatWasNotGiven_IsResetAndNothingIsReplayed(string sent, string? reason)
    {
        var (at, shown) = signed.Judge(sent, Status);

        at.ShouldBe(Status.HeadId);
        EventId.TryParse(sent, out var from).ShouldBeTrue();
        shown.ShouldBe(new(ResumeStatus.Reset, from, Signer.Sign(Stream, Status.HeadId), 0, Reason: reason));
    }

    [Theory]
    [InlineData(0xf0, ResumeVerdict.Forgotten)]
    [InlineData(0xd0, ResumeVerdict.Deleted)]
    [InlineData(0xe2, null)]
    public void Id_OfAnEpochThatIsOver_IsResetWithItsReason(ulong epoch, string? reason)
    {
        var sent = Signer.Sign(Stream, new EventId(epoch, 7));

        var (at, shown) = signed.Judge(sent.ToString(), Status);

        at.ShouldBe(Status.HeadId);
        (shown.Status, shown.Replayed, shown.Reason, shown.From).ShouldBe((ResumeStatus.Reset, 0, reason, sent));
    }

    [Fact]
    public void Id_BeyondTheHead_IsReset()
    {
        // Signed before the newest messages were lost: all that is left of the epoch is before it.
        var (_, shown) = signed.Judge(Signer.Sign(Stream, new EventId(0xe1, 101)).ToString(), Status);

        shown.Status.ShouldBe(ResumeStatus.Reset);
        shown.Replayed.ShouldBe(0);
    }

    [Fact]
    public void Id_ThatIsMalformed_IsResetWithoutIt()
    {
        var (at, shown) = signed.Judge("an id", Status);

        (at, shown).ShouldBe((Status.HeadId, new(ResumeStatus.Reset, null, Signer.Sign(Stream, Status.HeadId), 0)));
    }

    [Fact]
    public void End_IsKnownByTheIdThatWasGiven()
    {
        signed.IsEnd(Signer.Sign(Stream, new EventId(0xe1, 100)).ToString(), Status).ShouldBeTrue();
        signed.IsEnd("e1-100", Status).ShouldBeFalse();
        signed.IsEnd(null, Status).ShouldBeFalse();
        new ShownIds(Stream, null).IsEnd("e1-100", Status).ShouldBeTrue();
    }
}
