using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Tokens;

/// <summary>An authority with an address of its own: it says where its keys are, has them there, and signs tokens, right ones and wrong ones.</summary>
internal sealed class TestIssuer : IAsyncDisposable
{
    /// <summary>For whom its tokens are, unless a test says otherwise.</summary>
    public const string Audience = "webstream-tests";

    private readonly ConcurrentDictionary<string, RSA> keys = new();
    private readonly TimeProvider time;
    private OtherServer? server;
    private int requests;

    private TestIssuer(TimeProvider time) => this.time = time;

    /// <summary>Its address, which is its name too.</summary>
    public string Url => server!.Address.AbsoluteUri.TrimEnd('/');

    /// <summary>How it calls itself; none: by its address.</summary>
    public string? OtherName { get; set; }

    /// <summary>It does not answer.</summary>
    public bool IsAway { get; set; }

    /// <summary>How many requests came.</summary>
    public int Requests => Volatile.Read(ref requests);

    /// <summary>Answers requests for other addresses, if a test needs some.</summary>
    public RequestDelegate? Others { get; set; }

    /// <summary>The settings of a gateway that takes its tokens.</summary>
    public (string, string)[] Settings => SettingsFor($"another,{Audience}");

    /// <summary>Its public keys.</summary>
    public string Jwks => new JsonObject
    {
        ["keys"] = new JsonArray([.. keys.Select(key => (JsonNode)new JsonObject
        {
            ["kty"] = "RSA",
            ["use"] = "sig",
            ["kid"] = key.Key,
            ["n"] = Base64Url.EncodeToString(key.Value.ExportParameters(false).Modulus),
            ["e"] = Base64Url.EncodeToString(key.Value.ExportParameters(false).Exponent),
        })]),
    }.ToJsonString();

    public static async Task<TestIssuer> StartAsync(TimeProvider? time = null)
    {
        var issuer = new TestIssuer(time ?? TimeProvider.System);
        issuer.keys["first"] = RSA.Create(2048);
        issuer.server = await OtherServer.StartAsync("http://127.0.0.1:0", issuer.AnswerAsync);
        return issuer;
    }

    /// <summary>It signs with another key too.</summary>
    public void Add(string kid) => keys[kid] = RSA.Create(2048);

    /// <summary>It signs with another key from now on.</summary>
    public void Rotate(string from, string to)
    {
        Add(to);
        keys.TryRemove(from, out _);
    }

    /// <summary>The public half of a key, as it is published.</summary>
    public string PublicPem(string kid = "first") => keys[kid].ExportSubjectPublicKeyInfoPem();

    /// <summary>The settings of a gateway that takes its tokens if they are for an audience.</summary>
    public (string, string)[] SettingsFor(string audience) =>
    [
        ("Webstream:Jwt:Authority", Url), ("Webstream:Jwt:Issuer", Url), ("Webstream:Jwt:Audience", audience), ("Webstream:Jwt:Algorithms", "RS256"),
    ];

    /// <summary>A token.</summary>
    /// <param name="change">Changes its claims, which are right.</param>
    /// <param name="head">Changes its header.</param>
    /// <param name="kid">The key that signs it.</param>
    public string Token(Action<JsonObject>? change = null, Action<JsonObject>? head = null, string kid = "first") => Sign(
        Claims(change), Header("RS256", kid, head), data => keys[kid].SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    /// <summary>A token that gives rights.</summary>
    public string TokenFor(string rights, string subject = "alice") => Token(claims =>
    {
        claims["sub"] = subject;
        claims["webstream"] = JsonNode.Parse(rights);
    });

    /// <summary>The claims of a right token, with changes.</summary>
    public JsonObject Claims(Action<JsonObject>? change = null)
    {
        var claims = new JsonObject
        {
            ["iss"] = Url,
            ["aud"] = Audience,
            ["sub"] = "alice",
            ["exp"] = At(TimeSpan.FromMinutes(5)),
            ["webstream"] = new JsonObject { ["publish"] = new JsonArray("*") },
        };
        change?.Invoke(claims);
        return claims;
    }

    /// <summary>A time from now on, as tokens have it.</summary>
    public long At(TimeSpan from) => time.GetUtcNow().Add(from).ToUnixTimeSeconds();

    /// <summary>A token's header.</summary>
    public static JsonObject Header(string algorithm, string? kid, Action<JsonObject>? change = null)
    {
        var header = new JsonObject { ["alg"] = algorithm, ["typ"] = "JWT" };
        if (kid is not null)
        {
            header["kid"] = kid;
        }

        change?.Invoke(header);
        return header;
    }

    /// <summary>Signs claims in any way.</summary>
    public static string Sign(JsonObject claims, JsonObject header, Func<byte[], byte[]> sign)
    {
        var text = $"{Part(header)}.{Part(claims)}";
        return $"{text}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(text)))}";
    }

    public async ValueTask DisposeAsync()
    {
        await (server?.DisposeAsync() ?? default);
        foreach (var (_, key) in keys)
        {
            key.Dispose();
        }
    }

    private static string Part(JsonObject json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString()));

    private Task AnswerAsync(HttpContext context)
    {
        Interlocked.Increment(ref requests);
        if (IsAway)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        return context.Request.Path.Value switch
        {
            "/.well-known/openid-configuration" => context.Response.WriteAsync(new JsonObject
            {
                ["issuer"] = OtherName ?? Url,
                ["jwks_uri"] = $"{Url}/keys",
                ["authorization_endpoint"] = $"{Url}/authorize",
                ["token_endpoint"] = $"{Url}/token",
                ["response_types_supported"] = new JsonArray("code"),
                ["code_challenge_methods_supported"] = new JsonArray("S256"),
            }.ToJsonString()),
            "/keys" => context.Response.WriteAsync(Jwks),
            _ when Others is not null => Others(context),
            _ => Task.FromResult(context.Response.StatusCode = 404),
        };
    }
}
