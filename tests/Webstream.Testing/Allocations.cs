namespace Webstream.Testing;

/// <summary>Counts what a piece of work allocates.</summary>
public static class Allocations
{
    private const int Attempts = 10;

    /// <summary>
    /// The bytes that the work allocates on this thread. The least of several attempts counts: first calls (types, caches, a pool that was emptied
    /// meanwhile) allocate only in some attempts. The work itself allocates in every attempt.
    /// </summary>
    /// <param name="work">Synchronous, and the same each time.</param>
    /// <param name="prepare">Runs before each attempt, and is not counted.</param>
    public static long Of(Action work, Action? prepare = null)
    {
        prepare?.Invoke();
        work();
        var least = long.MaxValue;
        for (var i = 0; i < Attempts && least > 0; i++)
        {
            prepare?.Invoke();
            var before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
