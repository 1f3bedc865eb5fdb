using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Webstream.Grains;

namespace Webstream.Gateway.Access;

/// <summary>Marks a request whose key is wrong.</summary>
internal sealed class WrongKey;

/// <summary>
/// Authenticates a caller by a key, sent as <c>Authorization: Bearer</c> or <c>X-API-Key</c>.
/// </summary>
internal sealed class ApiKeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, IOptions<AccessOptions> access)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    /// <summary>The scheme's name.</summary>
    public const string SchemeName = "ApiKey";

    private const string BearerPrefix = "Bearer ";

    private static readonly KeyIdentity Default = new(CallerKind.DefaultKey, "default", KeyRights.AllButApprove);

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (string.IsNullOrEmpty(access.Value.ApiKey) || Sent() is not { Count: > 0 } sent)
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        // One right key is enough: the request can also carry a token for another server, such as a proxy before this gateway.
        var right = Hash(access.Value.ApiKey);
        // All hashes have the same length, so the time of the comparison tells nothing about the key.
        if (!sent.Exists(key => CryptographicOperations.FixedTimeEquals(Hash(key), right)))
        {
            Context.Features.Set(new WrongKey());
            return Task.FromResult(AuthenticateResult.Fail("The key is wrong."));
        }

        return Task.FromResult(AuthenticateResult.Success(new(new(Default), SchemeName)));
    }

    private List<string> Sent()
    {
        var keys = new List<string>();
        foreach (var value in Request.Headers[HeaderNames.Authorization])
        {
            if (value?.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase) == true)
            {
                keys.Add(value[BearerPrefix.Length..].Trim());
            }
        }

        foreach (var value in Request.Headers["X-API-Key"])
        {
            keys.Add(value ?? "");
        }

        keys.RemoveAll(string.IsNullOrEmpty);
        return keys;
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
