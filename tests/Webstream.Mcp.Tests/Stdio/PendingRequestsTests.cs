using ModelContextProtocol.Protocol;
using Webstream.Mcp.Stdio;

namespace Webstream.Mcp.Tests.Stdio;

public sealed class PendingRequestsTests
{
    private const int Room = 100_000;

    private readonly PendingRequests pending = new(Room);

    [Fact]
    public async Task Room_ThatIsTaken_IsThereAgainAfterAnAnswer()
    {
        pending.Begin(new(1), Room);

        var room = pending.WhenRoomAsync(CancellationToken.None);
        room.IsCompleted.ShouldBeFalse();
        pending.End(new(1));

        await room.WaitAsync(Until.Patience, TestContext.Current.CancellationToken);
        pending.WhenRoomAsync(CancellationToken.None).IsCompleted.ShouldBeTrue();
    }

    [Fact]
    public async Task Room_ThatIsNotWaitedForAnyLonger_HoldsNobodyUp()
    {
        pending.Begin(new(1), Room);
        using var ended = new CancellationTokenSource();
        var room = pending.WhenRoomAsync(ended.Token);

        await ended.CancelAsync();

        await room.WaitAsync(Until.Patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Id_UsedTwice_IsAnsweredTwice()
    {
        pending.Begin(new("a"), 1);
        pending.Begin(new("a"), 1);
        pending.End(new("a"));

        pending.Ids.ShouldHaveSingleItem().ShouldBe(new RequestId("a"));
        var none = pending.WhenNoneAsync(Until.Patience, TimeProvider.System, TestContext.Current.CancellationToken);
        none.IsCompleted.ShouldBeFalse();
        pending.End(new("a"));

        await none.WaitAsync(Until.Patience, TestContext.Current.CancellationToken);
        pending.Ids.ShouldBeEmpty();
        pending.End(new("a"));
    }
}
