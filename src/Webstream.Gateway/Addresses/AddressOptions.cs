using System.ComponentModel.DataAnnotations;

namespace Webstream.Gateway.Addresses;

/// <summary>By which address people know this gateway. Section <c>Webstream</c>.</summary>
internal sealed class AddressOptions
{
    /// <summary>
    /// The address that people open, when the gateway listens at another one, as behind a proxy or with mapped ports; also <c>WEBSTREAM_PUBLIC_URL</c>.
    /// </summary>
    [PublicUrl]
    public string PublicUrl { get; set; } = "";
}

/// <summary>Accepts an address that a browser can open, or an empty text.</summary>
internal sealed class PublicUrlAttribute() : ValidationAttribute("Webstream__PublicUrl (WEBSTREAM_PUBLIC_URL) is an address that people open, for example https://stream.example.org.")
{
    public override bool IsValid(object? value) => value is not string { Length: > 0 } text
        || (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Query.Length == 0 && url.Fragment.Length == 0 && url.UserInfo.Length == 0);
}
