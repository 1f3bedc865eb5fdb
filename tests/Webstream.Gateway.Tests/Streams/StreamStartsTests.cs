using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.Streams;

namespace Webstream.Gateway.Tests.Streams;

public sealed class StreamStartsTests : IDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly StreamStarts starts;
    private readonly TaskCompletionSource answers = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int begun;

    public StreamStartsTests() => starts = new(time);

    [Fact]
    public async Task Starts_ManyAtOnce_BeginAsOthersAreDone()
    {
        var all = Many(100);
        begun.ShouldBe(16);

        answers.SetResult();

        await Task.WhenAll(all).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        begun.ShouldBe(100);
    }

    [Fact]
    public async Task Starts_ThatGetNoAnswer_MakeWayForTheNext()
    {
        var all = Many(40);
        begun.ShouldBe(16);

        time.Advance(TimeSpan.FromMilliseconds(250));
        await Until.TrueAsync(() => begun == 32);
        // Again and again: a start counts before its time begins to run.
        await Until.TrueAsync(() => begun == 40, () => time.Advance(TimeSpan.FromMilliseconds(250)));

        all.ShouldAllBe(start => !start.IsCompleted);
        answers.SetResult();
        await Task.WhenAll(all).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Start_ThatFails_TellsWhoAskedAndTakesNobodysTurn()
    {
        for (var i = 0; i < 40; i++)
        {
            await Should.ThrowAsync<TimeoutException>(starts.InTurnAsync(() => Task.FromException(new TimeoutException())));
        }
    }

    public void Dispose() => starts.Dispose();

    private Task[] Many(int count) => [.. Enumerable.Range(0, count).Select(_ => starts.InTurnAsync(() =>
    {
        Interlocked.Increment(ref begun);
        return answers.Task;
    }))];
}
