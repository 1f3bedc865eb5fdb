using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace Webstream.ServiceDefaults.Starting;

/// <summary>Finds the failures of a start that a person can mend. Any other failure keeps its stack trace: it is a fault of the program.</summary>
public static class StartRefusal
{
    // What the web server says.
    private const string NoCertificate = "Unable to configure HTTPS endpoint.";

    /// <summary>The refusal in a failure: one line that says what to do.</summary>
    /// <returns>Null when the failure is not a refusal.</returns>
    public static StartRefusedException? Of(Exception failure) => failure switch
    {
        StartRefusedException refused => refused,
        OptionsValidationException invalid => new(TextOf(invalid)),
        AggregateException several when several.InnerExceptions.All(one => one is OptionsValidationException) =>
            new(string.Join(" ", several.InnerExceptions.Cast<OptionsValidationException>().Select(TextOf))),
        InvalidOperationException { Message: var text } when text.StartsWith(NoCertificate, StringComparison.Ordinal) => new(
            "An https address needs a certificate. Set Kestrel__Certificates__Default__Path to a .pfx file, and Kestrel__Certificates__Default__Password to "
            + "its password, or listen on http."),
        CryptographicException unreadable => new(
            $"The certificate of Kestrel__Certificates__Default__Path, or of an endpoint, cannot be used: {unreadable.Message} "
            + "Check its …__Path, …__KeyPath and …__Password."),
        _ => null,
    };

    private static string TextOf(OptionsValidationException invalid) => string.Join(" ", invalid.Failures.Select(TextOf));

    // "DataAnnotation validation failed for 'HistoryOptions' members: 'X' with the error: 'text'." Only the text is for people.
    private static string TextOf(string failure)
    {
        const string Marker = "with the error: '";
        var start = failure.IndexOf(Marker, StringComparison.Ordinal);
        return start < 0 || !failure.EndsWith("'.", StringComparison.Ordinal) ? failure : failure[(start + Marker.Length)..^"'.".Length];
    }
}
