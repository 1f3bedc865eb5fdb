namespace Webstream.Gateway.Detached;

/// <summary>The options of a gateway that another program starts for itself and others.</summary>
/// <param name="Log">The file that gets the console's output; none: the output is dropped.</param>
/// <param name="Lock">The file of the lock that the gateway holds; none: it holds no lock.</param>
internal sealed record DetachedOptions(string? Log, string? Lock);
