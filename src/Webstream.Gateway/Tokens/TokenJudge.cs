using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Webstream.Gateway.Tokens;

/// <summary>What is known about a token.</summary>
/// <param name="Token">What it proves; none: nothing.</param>
/// <param name="IsKnown">False: that cannot be told now, because its key is not known and the keys cannot be asked for.</param>
/// <param name="Fault">What is wrong with it, for the caller.</param>
internal readonly record struct TokenJudgement(ProvenToken? Token, bool IsKnown, string? Fault);

/// <summary>
/// Judges tokens by the framework's <see cref="JwtBearerHandler"/>. A handler of its own for each judgement: the one of the scheme keeps its first answer
/// for the whole request, and the request of a listener is judged again until its key is known.
/// </summary>
internal sealed class TokenJudge(TokenRules rules, SigningKeys keys, IAuthenticationSchemeProvider schemes, TimeProvider time)
{
    /// <summary>The scheme's name.</summary>
    public const string Scheme = "Token";

    /// <summary>Whether a text has the form of a token: three parts, and the first two are JSON.</summary>
    public static bool HasForm(string text) => TryRead(text) is not null;

    /// <summary>Judges a token.</summary>
    /// <param name="context">The request that carries it.</param>
    /// <param name="text">The token: see <see cref="HasForm"/>.</param>
    public async ValueTask<TokenJudgement> JudgeAsync(HttpContext context, string text)
    {
        var since = time.GetTimestamp();
        if (TryRead(text) is not { } token)
        {
            return Wrong("it is none");
        }

        if (FaultBeforeItsKey(token) is { } early)
        {
            return Wrong(early);
        }

        var failure = await ValidateAsync(context, text);
        if (failure is SecurityTokenSignatureKeyNotFoundException)
        {
            var isNews = await keys.LookAgainAsync(since);
            failure = await ValidateAsync(context, text);
            if (!isNews && failure is SecurityTokenSignatureKeyNotFoundException)
            {
                return new(null, IsKnown: false, null);
            }
        }

        try
        {
            return failure is null
                ? new(ProvenToken.Read(token.EncodedPayload, rules.Issuer, TokenLife.EndOf(token.ValidTo)), IsKnown: true, null)
                : Wrong(FaultOf(failure, token));
        }
        catch (FormatException fault)
        {
            return Wrong(fault.Message);
        }
    }

    private static TokenJudgement Wrong(string fault) => new(null, IsKnown: true, $"The token does not count here: {fault}.");

    private static JsonWebToken? TryRead(string text)
    {
        if (text.AsSpan().Count('.') != 2)
        {
            return null;
        }

        try
        {
            return new(text);
        }
        catch (Exception failure) when (failure is ArgumentException or SecurityTokenException or FormatException)
        {
            return null;
        }
    }

    // What needs no key. A token that is meant for somebody else is no reason to ask the authority for keys.
    private string? FaultBeforeItsKey(JsonWebToken token) =>
        !rules.Algorithms.Contains(token.Alg, StringComparer.Ordinal)
            ? $"it is not signed with {string.Join(" or ", rules.Algorithms)}, the algorithms of Webstream__Jwt__Algorithms"
        // What a signer calls critical must be understood: RFC 7515, section 4.1.11.
        : token.TryGetHeaderValue<object>("crit", out _) ? "its header has crit, and the gateway knows no extension"
        : token.Issuer != rules.Issuer ? $"its issuer (iss) is not {rules.Issuer}"
        : null;

    private string FaultOf(Exception failure, JsonWebToken token) => failure switch
    {
        SecurityTokenInvalidLifetimeException => TimeFaultOf(token) ?? "its times are wrong",
        SecurityTokenInvalidAudienceException => "it is for another audience (aud) than Webstream__Jwt__Audience names",
        _ => "its signature is not right",
    };

    // A token without a time has the first one that there is.
    private string? TimeFaultOf(JsonWebToken token) =>
        TokenLife.FaultOf(token.ValidFrom, token.ValidTo == DateTime.MinValue ? null : token.ValidTo, time.GetUtcNow());

    private async Task<Exception?> ValidateAsync(HttpContext context, string text)
    {
        var handler = context.RequestServices.GetRequiredService<JwtBearerHandler>();
        context.Features.Set(new TokenAtHand(text));
        await handler.InitializeAsync((await schemes.GetSchemeAsync(Scheme))!, context);
        var result = await handler.AuthenticateAsync();
        context.Features.Set<TokenAtHand>(null);
        return result.Succeeded ? null : result.Failure ?? new SecurityTokenException();
    }
}

/// <summary>The token of a request that is being judged.</summary>
internal sealed record TokenAtHand(string Text);
