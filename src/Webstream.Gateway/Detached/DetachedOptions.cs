namespace Webstream.Gateway.Detached;

/// <summary>What a gateway was told that another program starts for itself and others.</summary>
/// <param name="Log">The file that gets what would go to the console; none: nothing does.</param>
/// <param name="Lock">The file of the lock that it holds; none: it holds none.</param>
internal sealed record DetachedOptions(string? Log, string? Lock);
