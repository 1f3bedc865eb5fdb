using System.Globalization;
using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>The text for a model about a request that was not carried out.</summary>
internal static class FailureText
{
    /// <summary>The text for an unforeseen failure. Its cause goes only to the log.</summary>
    public const string Unexpected = "Webstream failed at this call. Its log says why. Trying again may help once; if it does not, tell the person.";

    public static string Of(WebstreamException failure) => failure.Error switch
    {
        WebstreamError.Unknown when failure.IdempotencyKey is { } key =>
            $"{failure.Message} The key to send it again with: idempotencyKey=\"{VisibleText.Short(key, PushRules.MaxKeyLength)}\", with the same text.",
        WebstreamError.Unavailable or WebstreamError.TooMuch when failure.RetryAfter is { } after => string.Create(
            CultureInfo.InvariantCulture, $"{failure.Message} Wait {Math.Max(1, (int)Math.Ceiling(after.TotalSeconds))} seconds before the next try."),
        WebstreamError.Unavailable when !failure.Message.Contains("again", StringComparison.OrdinalIgnoreCase) => $"{failure.Message} Try again in a moment.",
        _ => failure.Message,
    };
}
