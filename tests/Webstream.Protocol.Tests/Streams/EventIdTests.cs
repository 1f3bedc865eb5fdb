using System.Text;
using CsCheck;

namespace Webstream.Protocol.Tests.Streams;

public class EventIdTests
{
    // Characters that may stand in an id, and characters that other parsers of numbers would let through.
    private const string NearAlphabet = "0123456789abcdefABCDEF-+ \0\t.,xXgG_٣９−";

    private static readonly Gen<EventId> Ids =
        Gen.Select(Gen.OneOf(Gen.ULong[1, ulong.MaxValue], Gen.ULong[1, 20]), Gen.OneOf(Gen.Long[0, long.MaxValue], Gen.Long[0, 20]))
            .Select((epoch, sequence) => new EventId(epoch, sequence));

    private static readonly Gen<string> Texts = Gen.OneOf(
        Ids.Select(id => id.ToString()),
        Gen.Select(Ids, Gen.Int[0, 36], Gen.Char[NearAlphabet])
            .Select((id, at, extra) => id.ToString() is var text && at <= text.Length ? text.Insert(at, extra.ToString()) : text + extra),
        Gen.Select(Ids, Gen.Int[0, 35]).Select((id, at) => id.ToString() is var text && at < text.Length ? text.Remove(at, 1) : text),
        Ids.Select(id => id.ToString().ToUpperInvariant()),
        Gen.Char[NearAlphabet].Array[0, 40].Select(characters => new string(characters)),
        Gen.String);

    [Theory]
    [InlineData("0-0", 0UL, 0L)]
    [InlineData("1-0", 1UL, 0L)]
    [InlineData("a-1", 10UL, 1L)]
    [InlineData("ffffffffffffffff-9223372036854775807", ulong.MaxValue, long.MaxValue)]
    public void TryParse_CanonicalForm_GivesTheId(string text, ulong epoch, long sequence)
    {
        EventId.TryParse(text, out var id).ShouldBeTrue();
        id.ShouldBe(new EventId(epoch, sequence));
        id.ToString().ShouldBe(text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("1")]
    [InlineData("1-")]
    [InlineData("-1")]
    [InlineData("A-1")]
    [InlineData("0a-1")]
    [InlineData("a-01")]
    [InlineData("a-+1")]
    [InlineData("a--1")]
    [InlineData("a-1 ")]
    [InlineData(" a-1")]
    [InlineData("a-1\0")]
    [InlineData("a-1\n")]
    [InlineData("a-1-1")]
    [InlineData("0x1-1")]
    [InlineData("0-1")]
    [InlineData("10000000000000000-1")]
    [InlineData("a-9223372036854775808")]
    [InlineData("a-٣")]
    public void TryParse_OtherForm_IsRefused(string text)
    {
        EventId.TryParse(text, out var id).ShouldBeFalse();
        id.ShouldBe(EventId.Zero);
    }

    [Fact]
    public void TryParse_EveryWrittenId_ComesBack() =>
        Ids.Sample(
            id =>
            {
                EventId.TryParse(id.ToString(), out var parsed).ShouldBeTrue();
                parsed.ShouldBe(id);
            },
            iter: 5_000);

    [Fact]
    public void TryParse_AnyText_IsTheCanonicalFormOrRefused() =>
        Texts.Sample(
            text =>
            {
                if (EventId.TryParse(text, out var id))
                {
                    id.ToString().ShouldBe(text);
                }
            },
            iter: 50_000);

    [Fact]
    public void TryFormat_EveryId_WritesTheSameInTextAndBytesWithinTheBound() =>
        Ids.Sample(
            id =>
            {
                Span<byte> bytes = stackalloc byte[EventId.MaxLength];
                Span<char> characters = stackalloc char[EventId.MaxLength];
                id.TryFormat(bytes, out var byteCount, default, null).ShouldBeTrue();
                id.TryFormat(characters, out var characterCount, default, null).ShouldBeTrue();
                Encoding.ASCII.GetString(bytes[..byteCount]).ShouldBe(id.ToString());
                characters[..characterCount].ToString().ShouldBe(id.ToString());
            },
            iter: 5_000);

    [Fact]
    public void TryFormat_IntoTooLittle_SaysSoAndCountsNothing() =>
        Ids.Sample(
            id =>
            {
                Span<byte> bytes = stackalloc byte[EventId.MaxLength];
                for (var room = 0; room < id.ToString().Length; room++)
                {
                    id.TryFormat(bytes[..room], out var written, default, null).ShouldBeFalse();
                    written.ShouldBe(0);
                }
            },
            iter: 500);

    [Fact]
    public void NewEpoch_Twice_DiffersAndIsNeverZero()
    {
        var epochs = Enumerable.Range(0, 100).Select(_ => EventId.NewEpoch()).ToArray();
        epochs.Distinct().Count().ShouldBe(100);
        epochs.ShouldNotContain(0UL);
    }
}
