using Webstream.Gateway.Signing;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Signing;

/// <summary>Signed event ids: nobody makes one without the secret, and each is worth something only in its place.</summary>
public sealed class EventIdSignerTests
{
    private static readonly StreamName Builds = StreamName.Parse("builds");
    private static readonly EventId Id = new(0xe1, 42);

    private readonly EventIdSigner signer = new([.. Enumerable.Repeat((byte)7, 32)]);

    [Fact]
    public void Id_Signed_HasTheFormOfAnIdAndItsOwnSequence()
    {
        var signed = signer.Sign(Builds, Id);

        signed.Sequence.ShouldBe(42);
        EventId.TryParse(signed.ToString(), out var parsed).ShouldBeTrue();
        parsed.ShouldBe(signed);
        signer.Sign(Builds, Id).ShouldBe(signed);
        Enumerable.Range(0, 1000).ShouldAllBe(sequence => signer.Sign(Builds, new EventId(0xe1, sequence)).ToString().IndexOf('-') == 16);
        signer.Sign(Builds, new EventId(ulong.MaxValue, long.MaxValue)).ToString().Length.ShouldBeLessThanOrEqualTo(EventId.MaxLength);
    }

    [Fact]
    public void Id_OfAnotherStreamEpochSequenceOrSecret_IsSignedOtherwise()
    {
        var others = (EventId[])
        [
            Id,
            signer.Sign(Builds, Id),
            signer.Sign(StreamName.Parse("builds2"), Id),
            signer.Sign(StreamName.Parse("Builds"), Id),
            signer.Sign(Builds, Id with { Epoch = 0xe2 }),
            signer.Sign(Builds, Id with { Sequence = 43 }),
            new EventIdSigner([.. Enumerable.Repeat((byte)8, 32)]).Sign(Builds, Id),
        ];

        others.Select(other => other.Epoch).Distinct().Count().ShouldBe(others.Length);
    }

    [Fact]
    public void Id_OfTheLongestStreamName_IsSigned() =>
        signer.Sign(StreamName.Parse(new string('a', StreamName.MaxLength)), Id)
            .ShouldNotBe(signer.Sign(StreamName.Parse(new string('a', StreamName.MaxLength - 1)), Id));

    [Fact]
    public void Message_Signed_HasNoIdThatIsNot()
    {
        var message = TestMessages.Numbered(0xe1, 42, 0) with { InReplyTo = new(0xe0, 3) };

        var signed = signer.Sign(message);

        signed.ShouldBe(message with { Id = signer.Sign(message.Stream, message.Id), InReplyTo = signed.InReplyTo });
        var answered = signed.InReplyTo.ShouldNotBeNull();
        answered.Sequence.ShouldBe(3);
        // Whoever pushes chooses what it answers, so nobody may resume there.
        signer.IsSigned(message.Stream, answered, 0xe0).ShouldBeFalse();
        signer.IsShown(message.Stream, answered, 0xe0).ShouldBeTrue();
        signer.IsShown(message.Stream, new EventId(0xe0, 3), 0xe0).ShouldBeFalse();
    }

    [Theory]
    [InlineData(0xe1, 42, true)]
    [InlineData(0xe1, 41, false)]
    [InlineData(0xe2, 42, false)]
    public void Id_IsSigned_OnlyForItsOwnPosition(ulong epoch, long sequence, bool isSigned)
    {
        var sent = signer.Sign(Builds, Id) with { Sequence = sequence };

        signer.IsSigned(Builds, sent, epoch).ShouldBe(isSigned);
        signer.IsSigned(Builds, Id, 0xe1).ShouldBeFalse();
    }
}
