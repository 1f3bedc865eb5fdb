using System.ComponentModel.DataAnnotations;

namespace Webstream.Gateway.Health;

/// <summary>Where the metrics are. Section <c>Webstream:Metrics</c>.</summary>
internal sealed class MetricsOptions : IValidatableObject
{
    /// <summary>
    /// An address for the metrics alone, as <c>http://127.0.0.1:9100</c>: there are the metrics and the health, and at the other addresses there are
    /// no metrics. Empty: the metrics are where everything is.
    /// </summary>
    public string Url { get; set; } = "";

    /// <summary>The port of <see cref="Url"/>; none when the metrics are where everything is.</summary>
    public int? Port => Url.Length == 0 ? null : Read(Url)?.Port;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Url.Length > 0 && Read(Url) is not { Port: > 0, IsUnixPipe: false, IsNamedPipe: false, PathBase: "" })
        {
            yield return new($"Webstream__Metrics__Url has '{Url}'. Write one address with a port of its own and without a path, as http://127.0.0.1:9100.");
        }
    }

    private static BindingAddress? Read(string url)
    {
        try
        {
            return url.Contains(';', StringComparison.Ordinal) ? null : BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
