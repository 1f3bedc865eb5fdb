using System.Collections.Frozen;

namespace Webstream.Gateway.Addresses;

/// <summary>The path below which a proxy publishes the gateway, when the proxy leaves the path in the requests.</summary>
internal sealed class BasePath
{
    // A request whose path begins so is one of the gateway's own, whether or not the proxy has taken the same word away before.
    private static readonly FrozenSet<string> Own =
        FrozenSet.ToFrozenSet(["stream", "api", "mcp", "health", "metrics", "openapi"], StringComparer.OrdinalIgnoreCase);

    private readonly PathString path;

    private BasePath(PathString path) => this.path = path;

    /// <summary>Makes one.</summary>
    /// <param name="path">The path, with a slash at its beginning.</param>
    /// <returns>None where there is no path, or where it cannot be told from the gateway's own paths.</returns>
    public static BasePath? Of(string? path) =>
        string.IsNullOrEmpty(path) || Own.Contains(path.Split('/')[1]) ? null : new(path);

    /// <summary>Moves the path from the request's path to its base, if it is there.</summary>
    /// <returns>Whether it was.</returns>
    public bool TakeFrom(HttpRequest request)
    {
        if (!request.Path.StartsWithSegments(path, out var rest))
        {
            return false;
        }

        request.PathBase = path;
        request.Path = rest;
        return true;
    }
}
