namespace Webstream.Grains;

/// <summary>An idempotency key together with the caller whose key it is: the same text of two callers is two keys.</summary>
public static class CallerKey
{
    // Neither callers' names nor the keys that callers send have a line end.
    private const char Separator = '\n';

    /// <summary>The key of a caller.</summary>
    /// <param name="caller">The name of the caller's API key, which stays the same when the API key is rotated; none: callers without one, who are one caller.</param>
    /// <param name="key">The key that it sent.</param>
    public static string Of(string? caller, string key) => $"{caller}{Separator}{key}";
}
