using Microsoft.Extensions.Options;
using Webstream.Grains.Log;

namespace Webstream.Grains.Tests.Log;

public class InMemoryStreamLogTests : StreamLogTests
{
    private long TotalBytes => ((InMemoryStreamLogs)Logs).TotalBytes;

    [Fact]
    public async Task TotalBytes_AppendTwiceOrBeyondTheCount_AreThoseOfTheRetained()
    {
        Retained.RetainedMessages = 5;
        var batch = Messages.Batch(Messages.Range(1, 4, at: Time.GetUtcNow()));
        await Log.AppendAsync(batch, TestContext.Current.CancellationToken);
        await Log.AppendAsync(batch, TestContext.Current.CancellationToken);
        TotalBytes.ShouldBe(4 * MessageBytes);

        await Append(5, 4);

        TotalBytes.ShouldBe(5 * MessageBytes);
    }

    [Fact]
    public async Task TotalBytes_AllPastTheRetention_AreFreedByALook()
    {
        await Append(1, 2);
        Time.Advance(Retained.Retention + TimeSpan.FromTicks(1));

        // To the tick, and without being told to trim.
        (Log.Range.Oldest, TotalBytes).ShouldBe((3, 0));
    }

    [Fact]
    public async Task Append_AheadOfTheHead_IsRefused()
    {
        await Append(1, 3);
        (await Append(5, 1)).ShouldBe(AppendResult.Refused);
        (await Read(0)).ShouldBe([1, 2, 3]);
    }

    private protected override Task<IStreamLogs> LogsAsync() =>
        Task.FromResult<IStreamLogs>(new InMemoryStreamLogs(Options.Create(Retained), Time));
}
