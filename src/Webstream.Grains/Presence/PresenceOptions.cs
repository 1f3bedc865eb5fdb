using System.ComponentModel.DataAnnotations;

namespace Webstream.Grains.Presence;

/// <summary>How gateways report their listeners. Section <c>Webstream:Presence</c>; the same on silos and gateways.</summary>
public sealed class PresenceOptions : IValidatableObject
{
    /// <summary>How often a gateway renews its lease of a stream. It also reports every change.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00", ErrorMessage = "Webstream__Presence__ReportInterval is a time from 0.1 seconds to 5 minutes, for example 00:00:03.")]
    public TimeSpan ReportInterval { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How long a gateway that does not report is still counted.</summary>
    [Range(typeof(TimeSpan), "00:00:00.2", "00:30:00", ErrorMessage = "Webstream__Presence__Lease is a time from 0.2 seconds to 30 minutes, for example 00:00:10.")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Lease < 2 * ReportInterval)
        {
            yield return new("Webstream__Presence__Lease is at least twice Webstream__Presence__ReportInterval, or live gateways would be forgotten.");
        }
    }
}
