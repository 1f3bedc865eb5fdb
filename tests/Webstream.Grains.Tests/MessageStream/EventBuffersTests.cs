using Webstream.Grains.MessageStream;
using Webstream.Grains.Memory;
using Webstream.Grains.Tests.Memory;

namespace Webstream.Grains.Tests.MessageStream;

public class EventBuffersTests
{
    private readonly MemoryShare share = Budgets.Share(limit: 8 * EventBuffers.Size);

    [Fact]
    public void Used_BuffersThatComeAndGo_AreCharged()
    {
        var buffers = new EventBuffers(share);
        var (one, other) = (buffers.Allocate(), buffers.Allocate());
        share.Used.ShouldBe(2 * EventBuffers.Size);

        one.Dispose();
        share.Used.ShouldBe(EventBuffers.Size);
        other.Dispose();
        share.Used.ShouldBe(0);
        buffers.Allocate().TryGetSegment(EventBuffers.Size, out _).ShouldBeTrue("it is empty again");
    }

    [Fact]
    public void IsBeyond_EventInABufferThatIsOneTooMany_Goes()
    {
        // The buffers may use half of the share.
        var buffers = new EventBuffers(share);
        for (var i = 0; i < 3; i++)
        {
            buffers.Allocate();
        }

        buffers.IsBeyond(TimeSpan.FromHours(1)).ShouldBeFalse("there is room for more");
        buffers.Allocate();
        buffers.IsBeyond(TimeSpan.FromHours(1)).ShouldBeTrue("it came before all four");
        buffers.IsBeyond(TimeSpan.Zero).ShouldBeFalse("it lies in one of them");
    }

    [Fact]
    public void IsBeyond_SmallShare_KeepsTheOneThatIsFilledAndTheOneBefore()
    {
        var buffers = new EventBuffers(Budgets.Share(limit: 1));
        buffers.Allocate();
        buffers.IsBeyond(TimeSpan.FromDays(1)).ShouldBeFalse();
        buffers.Allocate();
        buffers.IsBeyond(TimeSpan.FromDays(1)).ShouldBeTrue();
        buffers.IsBeyond(TimeSpan.Zero).ShouldBeFalse();
    }
}
