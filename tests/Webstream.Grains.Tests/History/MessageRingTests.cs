using CsCheck;
using Webstream.Grains.History;

namespace Webstream.Grains.Tests.History;

public class MessageRingTests
{
    [Fact]
    public void Ring_AnyAddsAndRemovals_HoldsWhatAListHolds() =>
        // A positive number is the count of messages to add; a negative one is the count to take off.
        Gen.Int[-200, 200].Array[1, 20].Sample(
            steps =>
            {
                var ring = new MessageRing();
                var list = new List<StreamMessage>();
                var next = 1L;
                foreach (var step in steps)
                {
                    foreach (var message in Messages.Range(next, Math.Max(step, 0)))
                    {
                        ring.Add(message);
                        list.Add(message);
                        next++;
                    }

                    for (var i = step; i < 0 && list.Count > 0; i++)
                    {
                        ring.RemoveOldest().ShouldBeSameAs(list[0]);
                        list.RemoveAt(0);
                    }

                    ring.Count.ShouldBe(list.Count);
                    Enumerable.Range(0, ring.Count).Select(i => ring[i].Id.Sequence).SequenceEqual(list.Select(m => m.Id.Sequence)).ShouldBeTrue();
                }
            },
            iter: 300);
}
