namespace Webstream.Grains.Tables;

/// <summary>The tables that there are. The names are in stores, so they never change.</summary>
internal static class TableNames
{
    /// <summary>Named keys.</summary>
    public const string Keys = "keys";

    /// <summary>Rules of streams.</summary>
    public const string Rules = "rules";
}
