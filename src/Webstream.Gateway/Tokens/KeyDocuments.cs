using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Webstream.Gateway.Tokens;

/// <summary>Reads keys from where they are. It reads nothing that is long, slow, elsewhere than it seems, or without TLS where TLS is used.</summary>
internal sealed class KeyDocuments : IDocumentRetriever, IDisposable
{
    private const int LongestDocument = 1024 * 1024;

    // A pusher waits for it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = Patience })
    {
        Timeout = Patience,
        MaxResponseContentBufferSize = LongestDocument,
    };

    private readonly KeyPlace place;

    public KeyDocuments(KeyPlace place) => this.place = place;

    /// <summary>The keys as they are now.</summary>
    /// <exception cref="Exception">They cannot be had.</exception>
    public async Task<OpenIdConnectConfiguration> ReadAsync(string issuer)
    {
        using var patience = new CancellationTokenSource(Patience);
        switch (place)
        {
            case KeyPlace.Authority authority:
                var found = await OpenIdConnectConfigurationRetriever.GetAsync(
                    $"{authority.Url.AbsoluteUri.TrimEnd('/')}/.well-known/openid-configuration", this, patience.Token);
                return found.Issuer == issuer ? Public(found.SigningKeys)
                    : throw new FormatException($"the authority calls itself {found.Issuer}, and Webstream__Jwt__Issuer is {issuer}");
            case KeyPlace.Address address:
                return Public(new JsonWebKeySet(await GetDocumentAsync(address.Url.AbsoluteUri, patience.Token)).GetSigningKeys());
            case KeyPlace.File file:
                return Public(ReadFile(file.Path));
            default:
                return WithKeys([((KeyPlace.Static)place).Key.Key]);
        }
    }

    /// <inheritdoc/>
    public async Task<string> GetDocumentAsync(string address, CancellationToken cancel)
    {
        var url = new Uri(address);
        return url.Scheme == "https" || (url.Scheme == "http" && url.IsLoopback)
            ? await http.GetStringAsync(url, cancel)
            : throw new FormatException($"{address} is not an https address");
    }

    public void Dispose() => http.Dispose();

    private static IList<SecurityKey> ReadFile(string path)
    {
        using var file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[LongestDocument];
        var read = RandomAccess.Read(file, bytes, 0);
        return new JsonWebKeySet(System.Text.Encoding.UTF8.GetString(bytes, 0, read)).GetSigningKeys();
    }

    // A secret among public keys is no secret.
    private static OpenIdConnectConfiguration Public(IEnumerable<SecurityKey> keys) =>
        WithKeys(keys.Where(key => key is not SymmetricSecurityKey and not JsonWebKey { Kty: JsonWebAlgorithmsKeyTypes.Octet }));

    private static OpenIdConnectConfiguration WithKeys(IEnumerable<SecurityKey> keys)
    {
        var configuration = new OpenIdConnectConfiguration();
        foreach (var key in keys)
        {
            configuration.SigningKeys.Add(key);
        }

        return configuration;
    }
}
