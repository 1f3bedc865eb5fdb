namespace Webstream.Grains.Memory;

/// <summary>
/// Detects that much was allocated, and that now little is. Large messages leave old garbage behind even if they filled no share, and without
/// allocations the runtime does not collect it.
/// </summary>
/// <param name="much">From how many bytes on the allocation counts as much.</param>
/// <param name="allocated">How many bytes the process has ever allocated.</param>
internal sealed class AllocationWatch(long much, Func<long> allocated)
{
    /// <summary>How many looks in a row must find little allocation.</summary>
    public const int QuietLooks = 3;

    /// <summary>Up to so many bytes between two looks count as little.</summary>
    public const long Little = 8 * 1024 * 1024;

    private long collected = allocated();
    private long seen = allocated();
    private int quiet;

    /// <summary>Compares the allocation with that of the last look. Called periodically.</summary>
    /// <returns>Whether this is the moment to collect.</returns>
    public bool Look()
    {
        var now = allocated();
        quiet = now - seen <= Little ? quiet + 1 : 0;
        seen = now;
        if (quiet < QuietLooks || now - collected < much)
        {
            return false;
        }

        collected = now;
        return true;
    }
}
