using Webstream.Gateway.Memory;
using Webstream.Grains.Memory;

namespace Webstream.Gateway.Tests.Memory;

public sealed class MemoryChargeTests
{
    private readonly MemoryShare share = new("test", 1000);

    private MemoryCharge Charge() => new FairShare(share).ChargeFor(default);

    [Fact]
    public void Charge_ThatGrowsAndShrinks_HoldsWhatItWasToldLast()
    {
        using var charge = Charge();
        foreach (var bytes in new long[] { 10, 700, 3, 999, 0, 1000 })
        {
            charge.TryHold(bytes).ShouldBe(Room.Given);
            (charge.Held, share.Used).ShouldBe((bytes, bytes));
        }
    }

    [Fact]
    public void Charge_ForWhichThereIsNoRoom_HoldsWhatItHeld()
    {
        using var other = Charge();
        other.TryHold(500);
        using var charge = Charge();
        charge.TryHold(400);

        charge.TryHold(501).ShouldBe(Room.None);

        (charge.Held, share.Used).ShouldBe((400L, 900L));
    }

    [Fact]
    public void Charge_OfWhatIsThereAlready_GoesBeyondTheShare()
    {
        using var charge = Charge();

        charge.Hold(1500);

        share.Used.ShouldBe(1500);
        charge.Hold(1);
        share.Used.ShouldBe(1);
    }

    [Fact]
    public void Charge_DisposedTwice_GivesBackOnce()
    {
        var charge = Charge();
        charge.TryHold(300);
        share.Take(100);

        charge.Dispose();
        charge.Dispose();

        share.Used.ShouldBe(100);
    }

    [Fact]
    public void Charge_ThatHoldsMoreAfterItsEnd_KeepsNothing()
    {
        var charge = Charge();
        charge.TryHold(300);
        charge.Dispose();

        charge.TryHold(400).ShouldBe(Room.Given);
        charge.Hold(500);

        share.Used.ShouldBe(0);
    }

    [Fact]
    public async Task Charge_DisposedWhileItGrows_LeavesNothingBehind()
    {
        for (var i = 0; i < 2000; i++)
        {
            var charge = Charge();
            charge.TryHold(1);
            var growing = Task.Run(() => charge.TryHold(100), TestContext.Current.CancellationToken);
            charge.Dispose();
            await growing;
            share.Used.ShouldBe(0);
        }
    }
}
