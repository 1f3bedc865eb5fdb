using System.ComponentModel.DataAnnotations;

namespace Webstream.Gateway.Idle;

/// <summary>When a gateway that nobody uses ends. Section <c>Webstream</c>.</summary>
internal sealed class IdleOptions
{
    /// <summary>
    /// How long there is no listener, no push and no open assistant before the gateway ends itself; zero: never. For a gateway that was started
    /// for an assistant it is half an hour, because nobody else would end that gateway.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00", ErrorMessage = "Webstream__IdleExit is a time up to 365 days, for example 00:30:00, or 00:00:00 for never.")]
    public TimeSpan IdleExit { get; set; }
}
