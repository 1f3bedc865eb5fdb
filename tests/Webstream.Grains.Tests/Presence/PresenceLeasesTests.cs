using Microsoft.Extensions.Time.Testing;
using Webstream.Grains.Presence;

namespace Webstream.Grains.Tests.Presence;

public class PresenceLeasesTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider time = new();
    private readonly PresenceLeases leases;

    public PresenceLeasesTests() => leases = new(Lease, time);

    [Fact]
    public void Any_GatewayThatNeedsTheStream_IsUntilItSaysThatItIsTheLastTime()
    {
        leases.Any.ShouldBeFalse();
        leases.Take(new("a", 1, 1, 0, 0, 0));
        leases.Any.ShouldBeTrue();
        leases.Take(new("b", 1, 1, 0, 0, 0));
        leases.Take(new("a", 1, 2, 0, 0, 0, Last: true));
        leases.Any.ShouldBeTrue();
        leases.Take(new("b", 1, 2, 0, 0, 0, Last: true));
        leases.Any.ShouldBeFalse();

        // A report that was on its way when the last one was sent changes nothing.
        leases.Take(new("a", 1, 1, 3, 0, 0));
        (leases.Any, leases.Clients).ShouldBe((false, 0));
    }

    [Fact]
    public void Any_GatewayThatFellSilent_IsNotAfterItsLease()
    {
        leases.Take(new("a", 1, 1, 0, 0, 0));
        time.Advance(Lease);
        leases.Any.ShouldBeFalse();
    }

    [Fact]
    public void Clients_OfSeveralGateways_AreTheirSum()
    {
        Report("a", clients: 3).ShouldBeTrue();
        Report("b", clients: 2).ShouldBeTrue();
        Counts.ShouldBe((5, 2));
    }

    [Fact]
    public void Foreign_OfSeveralGateways_IsTheirSum_UntilTheirLeasesRunOut()
    {
        leases.Take(new PresenceReport("a", 1, 1, 3, 0, 0) { Foreign = 2 }).ShouldBeTrue();
        leases.Take(new PresenceReport("b", 1, 1, 1, 0, 0) { Foreign = 1 }).ShouldBeTrue();
        leases.Foreign.ShouldBe(3);
        // Only who they are has changed.
        leases.Take(new PresenceReport("a", 1, 2, 3, 0, 0) { Foreign = 1 }).ShouldBeTrue();
        leases.Foreign.ShouldBe(2);
        time.Advance(Lease);
        leases.Foreign.ShouldBe(0);
    }

    [Fact]
    public void Take_NewNumberOfAGateway_ReplacesItsOldOne()
    {
        Report("a", number: 1, clients: 3);
        Report("a", number: 2, clients: 1).ShouldBeTrue();
        Counts.ShouldBe((1, 1));
    }

    [Fact]
    public void Take_SameCount_IsNoChange()
    {
        Report("a", number: 1, clients: 3);
        Report("a", number: 2, clients: 3).ShouldBeFalse();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Take_LateReport_CannotUndoANewerOne(long number)
    {
        Report("a", number: 1, clients: 3);
        Report("a", number: 2, clients: 5);
        Report("a", number, clients: 3).ShouldBeFalse();
        Counts.ShouldBe((5, 1));
    }

    [Fact]
    public void Take_LateReport_DoesNotRenewTheLease()
    {
        Report("a", number: 2, clients: 5);
        time.Advance(Lease / 2);
        Report("a", number: 1, clients: 3);
        time.Advance(Lease / 2);
        Counts.ShouldBe((0, 0));
    }

    [Fact]
    public void Take_NewIncarnation_BeginsItsNumbersAnew()
    {
        Report("a", incarnation: 1, number: 100, clients: 5);
        Report("a", incarnation: 2, number: 1, clients: 2).ShouldBeTrue();
        Counts.ShouldBe((2, 1));
    }

    [Fact]
    public void Take_FormerIncarnation_IsLate()
    {
        Report("a", incarnation: 2, number: 1, clients: 2);
        Report("a", incarnation: 1, number: 100, clients: 5).ShouldBeFalse();
        Counts.ShouldBe((2, 1));
    }

    [Fact]
    public void Clients_LeaseRunOut_AreForgotten()
    {
        Report("a", clients: 3);
        time.Advance(Lease / 2);
        Report("b", clients: 2);

        time.Advance((Lease / 2) - TimeSpan.FromTicks(1));
        Counts.ShouldBe((5, 2));
        time.Advance(TimeSpan.FromTicks(1));
        Counts.ShouldBe((2, 1));
        time.Advance(Lease / 2);
        Counts.ShouldBe((0, 0));
    }

    [Fact]
    public void Clients_LeaseRenewed_StayCounted()
    {
        Report("a", number: 1, clients: 3);
        time.Advance(Lease / 2);
        Report("a", number: 2, clients: 3);
        time.Advance((Lease / 2) + TimeSpan.FromTicks(1));
        Counts.ShouldBe((3, 1));
    }

    [Fact]
    public void Take_GatewayThatCameBackAfterItsLease_IsCounted()
    {
        Report("a", number: 1, clients: 3);
        time.Advance(Lease);
        Counts.ShouldBe((0, 0));
        Report("a", number: 2, clients: 3).ShouldBeTrue();
        Counts.ShouldBe((3, 1));
    }

    [Fact]
    public void Take_SameCountWhileAnothersLeaseRanOut_IsAChange()
    {
        Report("a", clients: 3);
        time.Advance(Lease / 2);
        Report("b", number: 1, clients: 2);
        time.Advance(Lease / 2);
        Report("b", number: 2, clients: 2).ShouldBeTrue();
    }

    [Fact]
    public void Take_ReportWithoutClients_IsNoGatewayButStillHoldsOffALateOne()
    {
        Report("a", number: 1, clients: 3);
        Report("a", number: 3, clients: 0).ShouldBeTrue();
        Counts.ShouldBe((0, 0));

        Report("a", number: 2, clients: 3).ShouldBeFalse();
        Counts.ShouldBe((0, 0));
    }

    private (int Clients, int Gateways) Counts => (leases.Clients, leases.Gateways);

    private bool Report(string gateway, long number = 1, long incarnation = 1, int clients = 0) =>
        leases.Take(new(gateway, incarnation, number, clients, 0, 0));
}
