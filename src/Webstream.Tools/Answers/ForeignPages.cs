using System.Globalization;
using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>What a tool's answer says of the listeners that are pages of unknown origin: the person may not know that they listen.</summary>
internal static class ForeignPages
{
    /// <summary>How many of a push's listeners are such pages; null when there are none.</summary>
    public static int? In(PushReceipt receipt) => receipt.Foreign > 0 ? receipt.Foreign : null;

    /// <summary>The line for a text; empty when there are none.</summary>
    public static string Line(int? foreign) => foreign is null
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $"Pages of unknown origin among them: {foreign}\n");
}
