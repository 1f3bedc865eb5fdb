using Microsoft.Extensions.Options;
using Webstream.Grains.History;
using Webstream.Grains.Memory;
using Webstream.Grains.Tests.Memory;

namespace Webstream.Grains.Tests.History;

public class InMemoryStreamHistoryTests : StreamLogTests
{
    private static readonly int MessageWeightOfOne = MessageWeight.Of(Messages.Range(1, 1)[0]);

    private readonly MemoryBudget budget = Budgets.Of();

    private long TotalWeight => ((InMemoryStreamHistories)Logs).TotalWeight;

    [Fact]
    public async Task TotalWeight_AppendTwiceOrBeyondTheCount_AreThoseOfTheRetained()
    {
        Retained.RetainedMessages = 5;
        var batch = Messages.Batch(Messages.Range(1, 4, at: Time.GetUtcNow()));
        await Log.AppendAsync(batch, TestContext.Current.CancellationToken);
        await Log.AppendAsync(batch, TestContext.Current.CancellationToken);
        var key = MessageWeight.Of(batch.Keys[0]);
        TotalWeight.ShouldBe((4 * MessageWeightOfOne) + key);

        await Append(5, 4);

        // The key of the first four messages is kept as long as the last of them.
        TotalWeight.ShouldBe((5 * MessageWeightOfOne) + (2 * key));
        budget.History.Used.ShouldBe(TotalWeight);
    }

    [Fact]
    public async Task TotalWeight_AllPastTheRetention_AreFreedByALook()
    {
        await Append(1, 2);
        Time.Advance(Retained.Retention + TimeSpan.FromTicks(1));

        // The retention is exact to the tick, and holds without a call to trim.
        (Log.Range.Oldest, TotalWeight).ShouldBe((3, 0));
    }

    [Fact]
    public async Task Append_AheadOfTheHead_IsRefused()
    {
        await Append(1, 3);
        (await Append(5, 1)).ShouldBe(AppendResult.Refused);
        (await Read(0)).ShouldBe([1, 2, 3]);
    }

    // No older version can have left a message in this memory.
    private protected override string ShownType => "end";

    private protected override Task<IStreamHistories> LogsAsync() =>
        Task.FromResult<IStreamHistories>(new InMemoryStreamHistories(Options.Create(Retained), budget, Time));
}
