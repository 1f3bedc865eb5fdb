namespace Webstream.Grains.Memory;

/// <summary>
/// Sees that much was allocated and little is any more. What large messages leave behind is old garbage: a share need not have been full of
/// them, and without allocations nothing collects it.
/// </summary>
/// <param name="much">How many bytes are much.</param>
/// <param name="allocated">How many bytes the process has ever allocated.</param>
internal sealed class AllocationWatch(long much, Func<long> allocated)
{
    /// <summary>How many looks in a row must find little.</summary>
    public const int QuietLooks = 3;

    /// <summary>So many bytes between two looks are little.</summary>
    public const long Little = 8 * 1024 * 1024;

    private long collected = allocated();
    private long seen = allocated();
    private int quiet;

    /// <summary>Looks, once in a while.</summary>
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
