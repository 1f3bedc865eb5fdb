namespace Webstream.Gateway.Streams;

/// <summary>
/// Limits how many streams begin or end on this gateway at once. Each asks the cluster for a subscription and for its owner, whose grain may
/// have to be activated: a thousand at once would delay all other calls. A stream that gets no answer in time makes way for the next.
/// </summary>
internal sealed class StreamStarts(TimeProvider time) : IDisposable
{
    private const int MaxAtOnce = 16;
    private static readonly TimeSpan MaxTime = TimeSpan.FromMilliseconds(250);

    private readonly SemaphoreSlim turns = new(MaxAtOnce);

    /// <summary>Runs a start or an end when it is its turn.</summary>
    public async Task InTurnAsync(Func<Task> begin)
    {
        Task begun;
        await turns.WaitAsync();
        try
        {
            begun = begin();
            await begun.WaitAsync(MaxTime, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            turns.Release();
        }

        await begun;
    }

    public void Dispose() => turns.Dispose();
}
