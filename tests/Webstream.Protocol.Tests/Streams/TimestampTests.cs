using System.Globalization;
using System.Text;
using CsCheck;

namespace Webstream.Protocol.Tests.Streams;

public class TimestampTests
{
    [Fact]
    public void Format_UtcTime_HasSixDigitsAndTheOffset() =>
        Timestamp.Format(new DateTimeOffset(2025, 11, 11, 12, 34, 56, TimeSpan.Zero).AddTicks(7_890_120)).ShouldBe("2025-11-11T12:34:56.789012+00:00");

    [Fact]
    public void Format_TimeElsewhere_IsWrittenInUtc() =>
        Timestamp.Format(new DateTimeOffset(2025, 1, 1, 1, 30, 0, TimeSpan.FromHours(2))).ShouldBe("2024-12-31T23:30:00.000000+00:00");

    [Fact]
    public void Format_WholeSecond_KeepsItsZeros() =>
        Timestamp.Format(new DateTimeOffset(1, 1, 1, 0, 0, 0, TimeSpan.Zero)).ShouldBe("0001-01-01T00:00:00.000000+00:00");

    [Fact]
    public void Format_AnyTime_IsTheSameInTextAndBytesAndReadsBack() =>
        Gen.DateTimeOffset.Sample(
            time =>
            {
                var bytes = new byte[Timestamp.Length];
                Timestamp.Format(time, bytes);
                var text = Timestamp.Format(time);
                Encoding.ASCII.GetString(bytes).ShouldBe(text);
                DateTimeOffset.Parse(text, CultureInfo.InvariantCulture).ShouldBe(Timestamp.ToMicroseconds(time));
            },
            iter: 2_000);

    [Fact]
    public void ToMicroseconds_AnyTime_CutsLessThanOneAndIsUtc() =>
        Gen.DateTimeOffset.Sample(time =>
        {
            var cut = Timestamp.ToMicroseconds(time);
            cut.Offset.ShouldBe(TimeSpan.Zero);
            (time - cut).Ticks.ShouldBeInRange(0, TimeSpan.TicksPerMicrosecond - 1);
            (cut.UtcTicks % TimeSpan.TicksPerMicrosecond).ShouldBe(0);
        });
}
