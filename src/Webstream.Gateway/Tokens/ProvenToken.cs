using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;
using Webstream.Gateway.Keys;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Tokens;

/// <summary>What a token proves whose signature, issuer, audience and times are right.</summary>
/// <param name="Subject">
/// Who has it, as a <c>source</c> of messages: <c>@</c> and the token's <c>sub</c>. No key's name begins with <c>@</c>, so neither can be taken for the
/// other. A <c>sub</c> that is too long or has characters other than those of ASCII is <c>@#</c> and a hash of it.
/// </param>
/// <param name="Caller">The subject and its issuer: whose idempotency keys these are, whichever token comes.</param>
/// <param name="Rights">What it gives; a token without the claim gives nothing.</param>
/// <param name="Ends">When that ends.</param>
internal sealed record ProvenToken(string Subject, string Caller, KeyRights Rights, DateTimeOffset Ends)
{
    /// <summary>The claim with the rights.</summary>
    public const string Claim = "webstream";

    private const string Hashed = "@#";

    /// <summary>Reads a token's claims.</summary>
    /// <param name="payload">The middle part of the token, as it was sent.</param>
    /// <param name="issuer">Who issued it.</param>
    /// <param name="ends">When it ends.</param>
    /// <exception cref="FormatException">They break a rule. The text says which.</exception>
    public static ProvenToken Read(string payload, string issuer, DateTimeOffset ends)
    {
        if (!StrictJson.TryParse(Base64UrlEncoder.DecodeBytes(payload), out var document, out _))
        {
            throw new FormatException("its claims are no JSON, or a claim stands in them twice");
        }

        using (document)
        {
            var subject = SubjectOf(document.RootElement);
            return new(subject, $"{subject} of {issuer}", RightsOf(document.RootElement), ends);
        }
    }

    private static string SubjectOf(JsonElement claims)
    {
        if (!claims.TryGetProperty("sub", out var claim) || claim.ValueKind != JsonValueKind.String
            || StrictJson.FaultIn(claim, StringComparer.Ordinal) is not null || claim.GetString() is not { Length: > 0 } subject)
        {
            throw new FormatException("it does not say who has it (sub)");
        }

        return subject.Length < PushRules.MaxSourceLength && !subject.AsSpan().ContainsAnyExceptInRange(' ', '~')
            && subject[0] is not (' ' or '#') && subject[^1] != ' '
                ? $"@{subject}"
                : Hashed + Base64UrlEncoder.Encode(SHA256.HashData(Encoding.UTF8.GetBytes(subject)));
    }

    private static KeyRights RightsOf(JsonElement claims)
    {
        if (!claims.TryGetProperty(Claim, out var claim))
        {
            return KeyRights.None;
        }

        if (claim.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($"its claim {Claim} is no object, such as {{\"publish\": [\"builds.*\"]}}");
        }

        try
        {
            return claim.EnumerateObject().Aggregate(KeyRights.None, (rights, member) => RightsJson.With(rights, member.Name, member.Value)
                ?? throw new FormatException($"{RightsJson.Shown(member.Name)} is none of {string.Join(", ", RightsJson.Names)}"));
        }
        catch (FormatException fault)
        {
            throw new FormatException($"its claim {Claim} is malformed: {fault.Message.TrimEnd('.')}");
        }
    }
}
