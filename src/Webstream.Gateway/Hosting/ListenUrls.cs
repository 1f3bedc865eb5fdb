namespace Webstream.Gateway.Hosting;

/// <summary>The addresses to listen on, as they are written: separated by semicolons.</summary>
internal static class ListenUrls
{
    /// <summary>Each of them.</summary>
    public static string[] Split(string urls) => urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>The port of the first address, by which the gateway is known on this machine.</summary>
    /// <returns>Null when there is none: the first address is a socket file, or the system chooses its port.</returns>
    /// <exception cref="FormatException">It is no address.</exception>
    public static int? FirstPort(string urls) =>
        BindingAddress.Parse(Split(urls)[0]) is { Port: > 0, IsUnixPipe: false, IsNamedPipe: false } address ? address.Port : null;

    /// <summary>Whether the system chooses the port of one of the addresses: it then chooses another port at every start.</summary>
    /// <exception cref="FormatException">One of the texts is no address.</exception>
    public static bool HaveChosenPort(string urls) =>
        // A socket file has no port, which reads as port 0.
        Split(urls).Select(BindingAddress.Parse).Any(address => address is { Port: 0, IsUnixPipe: false, IsNamedPipe: false });
}
