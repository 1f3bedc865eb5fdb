using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Webstream.Gateway.Access;

/// <summary>Authenticates a caller by a key, a token, a session or a ticket: see <see cref="KeyJudge"/>. What is not right is left as a feature of the request.</summary>
internal sealed class ApiKeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, KeyJudge judge)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    /// <summary>The scheme's name.</summary>
    public const string SchemeName = "ApiKey";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var judged = await judge.JudgeAsync(KeyJudge.SentIn(Request), Context);
        if (judged.Key is not null)
        {
            return AuthenticateResult.Success(new(new(judged.Key), SchemeName));
        }

        Context.Features.Set(judged);
        return judged.State == KeyState.None ? AuthenticateResult.NoResult() : AuthenticateResult.Fail("The key is wrong.");
    }
}
