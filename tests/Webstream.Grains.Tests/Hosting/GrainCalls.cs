namespace Webstream.Grains.Tests.Hosting;

/// <summary>Tells tests that a call has reached its grain, or has been carried out: the barriers they wait on.</summary>
public sealed class GrainCalls : IIncomingGrainCallFilter
{
    private readonly Lock gate = new();
    private readonly List<Watch> watches = [];

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        // The grain's method runs up to its first wait here.
        var call = context.Invoke();
        Tell(context, carriedOut: false);
        await call;
        Tell(context, carriedOut: true);
    }

    /// <summary>Completes when that many such calls have reached their grain, and the grain has run up to its first wait.</summary>
    public Task Begun(Func<IIncomingGrainCallContext, bool> which, int times = 1) => Add(new(which, CarriedOut: false, times));

    /// <summary>Completes when that many such calls have been carried out.</summary>
    public Task CarriedOut(Func<IIncomingGrainCallContext, bool> which, int times = 1) => Add(new(which, CarriedOut: true, times));

    private Task Add(Watch watch)
    {
        lock (gate)
        {
            watches.Add(watch);
        }

        return watch.Reached.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    private void Tell(IIncomingGrainCallContext context, bool carriedOut)
    {
        lock (gate)
        {
            foreach (var watch in watches.Where(w => w.CarriedOut == carriedOut && w.Which(context)).ToArray())
            {
                if (--watch.Left == 0)
                {
                    watches.Remove(watch);
                    watch.Reached.SetResult();
                }
            }
        }
    }

    private sealed record Watch(Func<IIncomingGrainCallContext, bool> Which, bool CarriedOut, int Times)
    {
        public int Left { get; set; } = Times;

        public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
