using CsCheck;
using Webstream.Gateway.Streams;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Streams;

public sealed class MessageResequencerTests
{
    private const ulong Epoch = 0xe;

    private readonly MessageResequencer sequence = new();
    private readonly List<long> delivered = [];

    [Fact]
    public void Take_BatchesInAnyOrderDroppedAndDoubled_DeliversEachOnceAndInOrder()
    {
        // Batches of a stream of 60 messages. Each batch arrives any number of times at any time.
        var arrivals = Gen.Select(Gen.Int[1, 60], Gen.Int[1, 8], (first, count) => (first, last: Math.Min(60, first + count - 1))).Array[0, 60];
        arrivals.Sample(batches =>
        {
            var order = new MessageResequencer();
            var got = new List<long>();
            order.Begin(new(Epoch, 0));
            var arrived = new HashSet<long>();
            foreach (var (first, last) in batches)
            {
                var before = got.Count;
                order.Take(TestMessages.Range(Epoch, first, last), m => got.Add(m.Id.Sequence)).ShouldBe(got.Count - before);
                arrived.UnionWith(Enumerable.Range(first, last - first + 1).Select(i => (long)i));
                // Everything up to the first gap has been delivered, and nothing beyond it.
                var complete = Enumerable.Range(1, 61).First(i => !arrived.Contains(i)) - 1;
                got.Count.ShouldBe(complete);
                order.HasGap.ShouldBe(arrived.Count > 0 && arrived.Max() > complete);
                order.Position.ShouldBe(new(Epoch, complete));
            }

            // A fetch brings what is missing.
            order.Expect(60);
            order.HasGap.ShouldBe(got.Count < 60);
            order.Take(TestMessages.Range(Epoch, order.Position.Sequence + 1, 60), m => got.Add(m.Id.Sequence));
            got.ShouldBe(Enumerable.Range(1, 60).Select(i => (long)i));
            order.HasGap.ShouldBeFalse();
        }, iter: 2000);
    }

    [Fact]
    public void Take_MessagesOfAnotherEpoch_AreNotDelivered()
    {
        sequence.Begin(new(Epoch, 5));

        Take(0xf, 6, 9).ShouldBe(0);

        delivered.ShouldBeEmpty();
        sequence.HasGap.ShouldBeFalse();
    }

    [Fact]
    public void Take_MoreThanMayWaitBehindAHole_KeepsTheHoleUntilAllIsThere()
    {
        sequence.Begin(new(Epoch, 0));
        var last = MessageResequencer.MaxEarly + 100L;
        Take(Epoch, 2, last).ShouldBe(0);

        Take(Epoch, 1, 1).ShouldBe(MessageResequencer.MaxEarly + 1);

        sequence.HasGap.ShouldBeTrue();
        Take(Epoch, sequence.Position.Sequence + 1, last);
        sequence.HasGap.ShouldBeFalse();
        delivered.Count.ShouldBe((int)last);
        delivered.ShouldBeInOrder();
    }

    [Fact]
    public void Skip_OverAHole_DeliversWhatWaitedBehindItAndNothingBeforeIt()
    {
        sequence.Begin(new(Epoch, 2));
        Take(Epoch, 4, 5);
        Take(Epoch, 8, 9);

        sequence.Skip(7, m => delivered.Add(m.Id.Sequence)).ShouldBe(2);

        delivered.ShouldBe([8, 9]);
        sequence.Position.ShouldBe(new(Epoch, 9));
        sequence.HasGap.ShouldBeFalse();
        Take(Epoch, 4, 9).ShouldBe(0);
    }

    [Fact]
    public void Skip_BeyondEverythingKnown_MovesThePositionAndLeavesNoHole()
    {
        sequence.Begin(new(Epoch, 2));
        sequence.Expect(5);

        sequence.Skip(7, _ => { }).ShouldBe(0);

        sequence.Position.ShouldBe(new(Epoch, 7));
        sequence.HasGap.ShouldBeFalse();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Epochs_AnsweredLateAndInAnyOrder_NeverGoBack(bool knowsLives) => Gen.Select(Gen.Int[0, 9], Gen.Int[0, 9]).Array[1, 60].Sample(steps =>
    {
        // The stream's epochs come one after the other. Questions are asked at any time and answered at any later time.
        var order = new MessageResequencer();
        order.Begin(new(1, 0));
        var truth = 1UL;
        var asked = new List<(ulong Answer, ulong EpochWhenAsked)>();
        foreach (var (what, which) in steps)
        {
            switch (what)
            {
                case 0:
                    truth++;
                    break;
                case < 5:
                    asked.Add((truth, order.Position.Epoch));
                    break;
                default:
                    if (asked.Count > 0)
                    {
                        var (answer, epochWhenAsked) = asked[which % asked.Count];
                        var before = order.Position.Epoch;
                        if (order.IsNewer(new(Status(answer, knowsLives ? (long)answer : 0), epochWhenAsked)))
                        {
                            order.Enter(new(answer, 0), knowsLives ? (long)answer : 0);
                        }

                        order.Position.Epoch.ShouldBeGreaterThanOrEqualTo(before);
                    }

                    break;
            }
        }

        // The answer to a question that is asked now is believed, so the stream gets there.
        if (truth != order.Position.Epoch)
        {
            order.IsNewer(new(Status(truth, knowsLives ? (long)truth : 0), order.Position.Epoch)).ShouldBeTrue();
        }
    }, iter: 5000);

    [Fact]
    public void Epochs_OfAnEarlierLife_AreNotBelievedEvenWhenAskedNow()
    {
        sequence.Begin(new(Epoch, 5));
        sequence.Learn(Status(Epoch, life: 7));
        sequence.Enter(new(0xf, 0), life: 8);

        // The owner was replaced and does not know it yet.
        sequence.IsNewer(new(Status(Epoch, life: 7), 0xf)).ShouldBeFalse();
        // A later life is believed whenever it was asked for.
        sequence.IsNewer(new(Status(0x10, life: 9), Epoch)).ShouldBeTrue();
        // An owner of an older version does not tell the life.
        sequence.IsNewer(new(Status(0x10), 0xf)).ShouldBeTrue();
        sequence.IsNewer(new(Status(0x10), Epoch)).ShouldBeFalse();
    }

    [Fact]
    public void Enter_WithMessagesWaitingBehindAHole_ForgetsThem()
    {
        sequence.Begin(new(Epoch, 0));
        Take(Epoch, 5, 9);

        sequence.Enter(new(0xf, 4), life: 0);

        sequence.HasGap.ShouldBeFalse();
        Take(0xf, 5, 5).ShouldBe(1);
        sequence.Position.ShouldBe(new(0xf, 5));
    }

    private static StreamStatus Status(ulong epoch, long life = 0) => new()
    {
        Life = life,
        Epoch = epoch,
        Head = 0,
        Oldest = 1,
        Clients = 0,
        Gateways = 0,
        Activation = Guid.Empty,
        Settled = true,
    };

    private int Take(ulong epoch, long first, long last) => sequence.Take(TestMessages.Range(epoch, first, last), m => delivered.Add(m.Id.Sequence));
}
