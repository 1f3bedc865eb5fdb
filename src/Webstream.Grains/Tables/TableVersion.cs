using System.Globalization;
using System.Security.Cryptography;

namespace Webstream.Grains.Tables;

/// <summary>
/// Numbers for the states of a table. They are random: a store that was emptied and filled again must not come to a number that a gateway knows.
/// </summary>
internal static class TableVersion
{
    /// <summary>The id under which a store keeps it among the rows.</summary>
    public const string Id = "version";

    /// <summary>Another number than every one before. It is never 0, and JSON and Lua can hold it.</summary>
    public static long New() => RandomNumberGenerator.GetInt32(1, int.MaxValue) * (1L << 20) | (long)RandomNumberGenerator.GetInt32(1 << 20);

    /// <summary>Reads one; 0 when the text is none.</summary>
    public static long Parse(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    /// <summary>The version of a table that has lost its own, or never had one: not 0 when there are rows, for 0 says that there never was one.</summary>
    public static long Of(long version, int rows) => version == 0 && rows > 0 ? 1 : version;

    /// <summary>Writes one.</summary>
    public static string Text(long version) => version.ToString(CultureInfo.InvariantCulture);
}
