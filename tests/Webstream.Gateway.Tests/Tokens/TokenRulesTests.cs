using System.Security.Cryptography;
using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.Tokens;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Gateway.Tests.Tokens;

/// <summary>The settings of tokens: which stop the start, and which keys they can name.</summary>
public sealed class TokenRulesTests : IDisposable
{
    private const string Secret32 = "0123456789abcdef0123456789abcdef";
    private const string Authority = "https://id.example.org";

    private readonly string folder = Directory.CreateTempSubdirectory("webstream-tokens-").FullName;
    private readonly FakeTimeProvider time = new(DateTimeOffset.UtcNow);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Nothing_IsNothing() => TokenRules.Read(new()).ShouldBeNull();

    [Theory]
    [InlineData("Webstream__Jwt__Authority is missing", "", "i", "a", "RS256")]
    [InlineData("Webstream__Jwt__Issuer is missing", Authority, "", "a", "RS256")]
    [InlineData("Webstream__Jwt__Audience is missing", Authority, "i", " ", "RS256")]
    [InlineData("Webstream__Jwt__Algorithms is missing", Authority, "i", "a", "")]
    [InlineData("Webstream__Jwt__Algorithms has 'none'", Authority, "i", "a", "RS256,none")]
    [InlineData("Webstream__Jwt__Algorithms has 'rs256'", Authority, "i", "a", "rs256")]
    [InlineData("Webstream__Jwt__Algorithms has HS256", Authority, "i", "a", "RS256,HS256")]
    [InlineData("Webstream__Jwt__Audience is missing", Authority, "i", " , ", "RS256")]
    [InlineData("Webstream__Jwt__Algorithms is missing", Authority, "i", "a", ",")]
    [InlineData("Webstream__Jwt__Issuer has 'i j'", Authority, "i j", "a", "RS256")]
    [InlineData("Webstream__Jwt__Audience has 'b c'", Authority, "i", "a,b c", "RS256")]
    [InlineData("Webstream__Jwt__Authority is an address", "http://id.example.org", "i", "a", "RS256")]
    [InlineData("Webstream__Jwt__Authority is an address", "id.example.org", "i", "a", "RS256")]
    [InlineData("Webstream__Jwt__Authority is an address", "https://user:pw@id.example.org", "i", "a", "RS256")]
    public void WrongSetting_StopsTheStart(string says, string authority, string issuer, string audience, string algorithms) =>
        Refusal(new() { Authority = authority, Issuer = issuer, Audience = audience, Algorithms = algorithms }).ShouldStartWith(says);

    [Fact]
    public void TwoPlacesOfKeys_StopTheStart() =>
        Refusal(Full(new() { Authority = Authority, Key = Secret32 }, "RS256")).ShouldStartWith("Webstream__Jwt__Authority and Webstream__Jwt__Key both say");

    [Theory]
    [InlineData("0123456789abcdef0123456789abcde", "HS256", "is shorter than the 32 bytes")]
    [InlineData(Secret32, "HS256,HS512", "is shorter than the 64 bytes")]
    [InlineData(Secret32, "RS256", "is a secret, and Webstream__Jwt__Algorithms has RS256")]
    [InlineData("0123456789abcdef 0123456789abcdef", "HS256", "has a blank")]
    public void Secret_ThatCanBeGuessed_OrDoesNotGoWithTheAlgorithms_StopsTheStart(string secret, string algorithms, string says)
    {
        var refusal = Refusal(Full(new() { Key = secret }, algorithms));
        refusal.ShouldStartWith($"Webstream__Jwt__Key {says}");
        refusal.ShouldNotContain(secret);
        Refusal(Full(new() { KeyFile = File("secret", secret + "\n") }, algorithms)).ShouldStartWith($"Webstream__Jwt__KeyFile {says}");
    }

    [Fact]
    public void KeyFile_ThatDoesNotGoWithTheAlgorithms_StopsTheStart()
    {
        using var rsa = RSA.Create(2048);
        using var small = RSA.Create(1024);
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = File("rsa.pem", rsa.ExportSubjectPublicKeyInfoPem());
        // The public key as a secret is the attack that this is about.
        Refusal(Full(new() { KeyFile = pem }, "HS256")).ShouldContain("has a key for RS256");
        Refusal(Full(new() { KeyFile = pem }, "RS256,ES256")).ShouldContain("and Webstream__Jwt__Algorithms has ES256");
        Refusal(Full(new() { KeyFile = File("ec.pem", curve.ExportSubjectPublicKeyInfoPem()) }, "ES384")).ShouldContain("has a key for ES256");
        Refusal(Full(new() { KeyFile = File("small.pem", small.ExportSubjectPublicKeyInfoPem()) }, "RS256")).ShouldContain("1024 bits");
        Refusal(Full(new() { KeyFile = File("private.pem", rsa.ExportPkcs8PrivateKeyPem()) }, "RS256")).ShouldContain("has a private key");
        Refusal(Full(new() { KeyFile = File("broken.pem", "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n") }, "RS256"))
            .ShouldContain("has no public key");
        Refusal(Full(new() { KeyFile = Path.Combine(folder, "none") }, "RS256")).ShouldContain("does not exist");
        Refusal(Full(new() { Jwks = "keys.json" }, "RS256")).ShouldStartWith("Webstream__Jwt__Jwks is the address");
    }

    [Fact]
    public async Task Keys_OfEachKind_OpenWhatTheySigned()
    {
        using var rsa = RSA.Create(2048);
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        await using var issuer = await TestIssuer.StartAsync(time);
        var secret = System.Text.Encoding.ASCII.GetBytes(Secret32);
        var byRsa = Signed("PS256", data => rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pss));
        var byCurve = Signed("ES384", data => curve.SignData(data, HashAlgorithmName.SHA384));
        var bySecret = Signed("HS256", data => HMACSHA256.HashData(secret, data));
        var byIssuer = issuer.Token();
        string[] all = [byRsa, byCurve, bySecret, byIssuer];
        (string Name, string Value, string Algorithms, string Opens)[] places =
        [
            ("KeyFile", File("rsa.pem", rsa.ExportSubjectPublicKeyInfoPem()), "PS256,RS256", byRsa),
            ("KeyFile", File("ec.pem", curve.ExportSubjectPublicKeyInfoPem()), "ES384", byCurve),
            ("KeyFile", File("secret", Secret32 + "\n"), "HS256", bySecret),
            ("Key", Secret32, "HS256", bySecret),
            ("Jwks", $"{issuer.Url}/keys", "RS256", byIssuer),
            ("Jwks", File("keys.json", issuer.Jwks), "RS256", byIssuer),
        ];
        foreach (var (name, value, algorithms, opens) in places)
        {
            using var rig = Rig(issuer, name, value, algorithms);
            foreach (var token in all)
            {
                var judged = await rig.JudgeAsync(token);
                (judged.Token is not null).ShouldBe(token == opens, $"{name} {algorithms}: {judged.Fault}");
            }
        }

        string Signed(string algorithm, Func<byte[], byte[]> sign) => TestIssuer.Sign(issuer.Claims(), TestIssuer.Header(algorithm, null), sign);
    }

    [Fact]
    public async Task FileOfKeys_IsReadAgain()
    {
        await using var issuer = await TestIssuer.StartAsync(time);
        var file = File("keys.json", issuer.Jwks);
        using var rig = Rig(issuer, "Jwks", file, "RS256");
        (await rig.JudgeAsync(issuer.Token())).Token.ShouldNotBeNull();
        issuer.Rotate("first", "second");
        File("keys.json", issuer.Jwks);
        time.Advance(TimeSpan.FromSeconds(2));

        (await rig.JudgeAsync(issuer.Token(kid: "second"))).Token.ShouldNotBeNull();
    }

    private static JwtOptions Full(JwtOptions options, string algorithms)
    {
        (options.Issuer, options.Audience, options.Algorithms) = ("https://id.example.org", "webstream", algorithms);
        return options;
    }

    private static string Refusal(JwtOptions options)
    {
        var message = Should.Throw<StartRefusedException>(() => TokenRules.Read(options)).Message;
        message.ShouldNotContain('\n');
        return message;
    }

    private TokenRig Rig(TestIssuer issuer, string name, string value, string algorithms) => new(
        time, ($"Webstream:Jwt:{name}", value), ("Webstream:Jwt:Issuer", issuer.Url), ("Webstream:Jwt:Audience", TestIssuer.Audience),
        ("Webstream:Jwt:Algorithms", algorithms));

    private string File(string name, string text)
    {
        var path = Path.Combine(folder, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }
}
