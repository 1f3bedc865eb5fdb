namespace Webstream.Grains.Tests.Streams;

/// <summary>Runs a test as a grain's code runs: one turn at a time, on any thread.</summary>
internal static class GrainTurns
{
    public static Task RunAsync(Func<Task> test) => Task.Factory.StartNew(
        test, TestContext.Current.CancellationToken, TaskCreationOptions.None, new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler).Unwrap();
}
