using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Webstream.Gateway.Access;

/// <summary>What the keys of a request are, none of which is right.</summary>
internal sealed record SentKeys(KeyState State);

/// <summary>Authenticates a caller by a key: see <see cref="KeyJudge"/>.</summary>
internal sealed class ApiKeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, KeyJudge judge)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    /// <summary>The scheme's name.</summary>
    public const string SchemeName = "ApiKey";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var (key, state) = await judge.JudgeAsync(KeyJudge.SentIn(Request));
        if (key is not null)
        {
            return AuthenticateResult.Success(new(new(key), SchemeName));
        }

        if (state == KeyState.None)
        {
            return AuthenticateResult.NoResult();
        }

        Context.Features.Set(new SentKeys(state));
        return AuthenticateResult.Fail("The key is wrong.");
    }
}
