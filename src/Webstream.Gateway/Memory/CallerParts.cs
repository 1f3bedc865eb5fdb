namespace Webstream.Gateway.Memory;

/// <summary>
/// How much of a share each address has. Once more than half of the share is used, one address has at most half. Callers of this machine are
/// not counted. Used under its owner's gate.
/// </summary>
/// <param name="limit">How much of the share may be in use, in bytes.</param>
internal sealed class CallerParts(long limit)
{
    private readonly Dictionary<CallerAddress, long> parts = [];

    /// <summary>
    /// Whether an address has its half, so that others get the rest. An address that has nothing yet may always have one charge, however small
    /// the share is.
    /// </summary>
    /// <param name="caller">The address.</param>
    /// <param name="bytes">How many bytes it asks for.</param>
    /// <param name="used">How much of the share is in use, by everybody, in bytes.</param>
    public bool HasItsHalf(CallerAddress caller, long bytes, long used) =>
        caller.IsCounted && parts.TryGetValue(caller, out var has) && has + bytes > limit / 2 && used + bytes > limit / 2;

    /// <summary>An address has got bytes.</summary>
    public void Add(CallerAddress caller, long bytes)
    {
        if (caller.IsCounted)
        {
            parts[caller] = parts.GetValueOrDefault(caller) + bytes;
        }
    }

    /// <summary>An address has given bytes back.</summary>
    public void Remove(CallerAddress caller, long bytes)
    {
        if (!caller.IsCounted)
        {
            return;
        }

        var left = parts.GetValueOrDefault(caller) - bytes;
        if (left > 0)
        {
            parts[caller] = left;
        }
        else
        {
            parts.Remove(caller);
        }
    }
}
