using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Webstream.ServiceDefaults.Health;

/// <summary>Where a process is asked for its health.</summary>
/// <param name="Url">The address of the endpoint.</param>
/// <param name="IsOwn">Whether it is a process of this machine. Such a process shows a certificate for another name, or one of its own making.</param>
/// <param name="SocketFile">The socket file to connect to, instead of the host of the address.</param>
public sealed record HealthAddress(Uri Url, bool IsOwn, string? SocketFile = null)
{
    private const string Endpoints = "/health/";
    private const string Folder = "/health";
    private const string Ready = "health/ready";

    /// <summary>Reads an address that a person wrote: of a health endpoint, or of the process, which is then asked whether it is ready.</summary>
    /// <returns>Whether the text is an address.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out HealthAddress? address)
    {
        address = null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.Host.Length == 0 || url.Port <= 0)
        {
            return false;
        }

        // A process that listens everywhere is asked over loopback: 0.0.0.0 is no address to connect to.
        var asked = IPAddress.TryParse(url.IdnHost, out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))
            ? new UriBuilder(url) { Host = HostOf(url.Host) }.Uri
            : url;
        address = new(EndpointOf(asked), asked.IsLoopback);
        return true;
    }

    /// <summary>
    /// The address at which to ask a process that listens on this machine: at one of its plain addresses if there is one, over loopback if it
    /// listens everywhere.
    /// </summary>
    /// <param name="urls">The addresses that it listens on, separated by semicolons.</param>
    /// <returns>Null when none of them can be asked: the system chooses their port, or they are not addresses.</returns>
    public static HealthAddress? OfThisMachine(string urls) => urls
        .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(Listened)
        .OfType<HealthAddress>()
        .OrderBy(address => address.Url.Scheme == "http" ? 0 : 1)
        .FirstOrDefault();

    /// <summary>
    /// How to connect there. Not through a proxy: the configured one is for connections that leave this machine. Any certificate of a process of
    /// this machine will do: nobody stands between two processes of one machine.
    /// </summary>
    public SocketsHttpHandler NewHandler()
    {
        var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, errors) => IsOwn || errors == SslPolicyErrors.None;
        if (SocketFile is { } path)
        {
            handler.ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            };
        }

        return handler;
    }

    /// <summary>The address of the process itself, with a slash at its end.</summary>
    public Uri Root => new(Url.AbsoluteUri[..(Url.AbsoluteUri.IndexOf(Endpoints, StringComparison.Ordinal) + 1)]);

    private static HealthAddress? Listened(string url)
    {
        BindingAddress address;
        try
        {
            address = BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            return null;
        }

        if (address.IsUnixPipe)
        {
            return new(new($"{address.Scheme}://localhost/{Ready}"), IsOwn: true, address.UnixPipePath);
        }

        if (address.Scheme is not ("http" or "https") || address.IsNamedPipe || address.Port is 0 or > 65535)
        {
            return null;
        }

        var asked = $"{address.Scheme}://{HostOf(address.Host)}:{address.Port.ToString(CultureInfo.InvariantCulture)}{address.PathBase}/{Ready}";
        return new(new(asked), IsOwn: true);
    }

    // The web server listens at every address for *, + and for any name but localhost.
    private static string HostOf(string host) =>
        !IPAddress.TryParse(host.Trim('[', ']'), out var ip) || ip.Equals(IPAddress.Any) ? "127.0.0.1"
        : ip.Equals(IPAddress.IPv6Any) ? "[::1]"
        : host;

    private static Uri EndpointOf(Uri url)
    {
        if (url.AbsolutePath.Contains(Endpoints, StringComparison.Ordinal) && !url.AbsolutePath.EndsWith(Endpoints, StringComparison.Ordinal))
        {
            return url;
        }

        var path = url.AbsolutePath.TrimEnd('/');
        if (path.EndsWith(Folder, StringComparison.Ordinal))
        {
            path = path[..^Folder.Length];
        }

        return new UriBuilder(url) { Path = $"{path}/{Ready}" }.Uri;
    }
}
