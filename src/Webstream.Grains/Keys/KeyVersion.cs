using System.Security.Cryptography;

namespace Webstream.Grains.Keys;

/// <summary>
/// Numbers for the states of a store. They are random: a store that was emptied and filled again must not come to a number that a gateway knows.
/// </summary>
internal static class KeyVersion
{
    /// <summary>Another number than every one before. It is never 0, and JSON and Lua can hold it.</summary>
    public static long New() => RandomNumberGenerator.GetInt32(1, int.MaxValue) * (1L << 20) | (long)RandomNumberGenerator.GetInt32(1 << 20);
}
