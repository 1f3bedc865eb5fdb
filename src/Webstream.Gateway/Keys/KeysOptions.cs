namespace Webstream.Gateway.Keys;

/// <summary>Where the keys are. Section <c>Webstream:Keys</c>.</summary>
internal sealed class KeysOptions
{
    /// <summary>A file with all keys, which is watched; none: the keys are kept with the histories, and made over HTTP.</summary>
    public string? File { get; set; }
}
