using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Webstream.Grains.Catalogue;
using Webstream.Grains.Tests.Streams;

namespace Webstream.Grains.Tests.Catalogue;

public class CatalogueTellerTests
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider time = new();
    private readonly SendDouble<StreamStatus> catalogue = new();
    private readonly CatalogueTeller teller;
    private long head;

    public CatalogueTellerTests() => teller = new(catalogue.SendAsync, Status, time, NullLogger.Instance);

    [Fact]
    public async Task Tell_FirstChange_GoesOutAtOnce()
    {
        Change();
        catalogue.HasNext.ShouldBeTrue();
        (await catalogue.NextAsync()).Content.Head.ShouldBe(1);
    }

    [Fact]
    public async Task Tell_ManyChanges_GoAsOneAtThePace()
    {
        Change();
        (await catalogue.NextAsync()).Answer();
        Change();
        Change();
        Change();
        time.Advance(Pace - TimeSpan.FromTicks(1));
        catalogue.HasNext.ShouldBeFalse();

        time.Advance(TimeSpan.FromTicks(1));

        var second = await catalogue.NextAsync();
        second.Content.Head.ShouldBe(4);
        second.Answer();
        time.Advance(Pace);
        catalogue.HasNext.ShouldBeFalse();
    }

    [Fact]
    public async Task Tell_WhileOneIsOnItsWay_WaitsForItsAnswer()
    {
        Change();
        var first = await catalogue.NextAsync();
        Change();
        _ = teller.TellNow();
        time.Advance(10 * Pace);
        catalogue.HasNext.ShouldBeFalse();

        first.Answer();

        (await catalogue.NextAsync()).Content.Head.ShouldBe(2);
    }

    [Fact]
    public async Task TellNow_WithinThePace_DoesNotWaitForIt()
    {
        Change();
        (await catalogue.NextAsync()).Answer();
        head++;
        _ = teller.TellNow();
        (await catalogue.NextAsync()).Content.Head.ShouldBe(2);
    }

    [Fact]
    public async Task TellNow_IsCompletedOnceTheCatalogueHasTakenWhatIsSoNow()
    {
        Change();
        var first = await catalogue.NextAsync();
        head++;
        var told = teller.TellNow();
        first.Answer();
        var second = await catalogue.NextAsync();
        told.IsCompleted.ShouldBeFalse("the first word was from before");
        second.Answer();
        await told.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        told = teller.TellNow();
        (await catalogue.NextAsync()).Fail();
        await told.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task TellNow_Again_StillHoldsTheNextChangeToThePace()
    {
        _ = teller.TellNow();
        (await catalogue.NextAsync()).Answer();
        _ = teller.TellNow();
        (await catalogue.NextAsync()).Answer();

        Change();
        catalogue.HasNext.ShouldBeFalse();
        time.Advance(Pace);
        (await catalogue.NextAsync()).Content.Head.ShouldBe(1);
    }

    [Fact]
    public async Task Tell_AfterAFailure_GoesOutAgain()
    {
        Change();
        (await catalogue.NextAsync()).Fail();
        Change();
        time.Advance(Pace);
        (await catalogue.NextAsync()).Content.Head.ShouldBe(2);
    }

    private void Change()
    {
        head++;
        teller.Tell();
    }

    private StreamStatus Status() => new()
    {
        Epoch = 1,
        Head = head,
        Oldest = 1,
        Clients = 0,
        Gateways = 0,
        Activation = Guid.Empty,
        Settled = true,
    };
}
