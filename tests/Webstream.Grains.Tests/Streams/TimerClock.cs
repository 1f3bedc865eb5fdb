using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace Webstream.Grains.Tests.Streams;

/// <summary>A clock that tests advance. It tells them when somebody has begun to wait for it.</summary>
internal sealed class TimerClock : FakeTimeProvider
{
    private readonly Channel<TimeSpan> timers = Channel.CreateUnbounded<TimeSpan>();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        timers.Writer.TryWrite(dueTime);
        return timer;
    }

    /// <summary>Completes when somebody waits for that long. Earlier waits for other times are skipped.</summary>
    public async Task WaitingAsync(TimeSpan dueTime)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (await timers.Reader.ReadAsync(patience.Token) != dueTime)
        {
        }
    }
}
