using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.Tokens;

namespace Webstream.Gateway.Tests.Tokens;

/// <summary>Tokens, judged by the framework's handler with the keys of a real authority, at a time that stands still.</summary>
public sealed class TokenJudgeTests : IAsyncLifetime
{
    private readonly FakeTimeProvider time = new(new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));
    private TestIssuer issuer = null!;
    private TokenRig rig = null!;

    public async ValueTask InitializeAsync()
    {
        issuer = await TestIssuer.StartAsync(time);
        rig = new(time, issuer.Settings);
    }

    public async ValueTask DisposeAsync()
    {
        rig.Dispose();
        await issuer.DisposeAsync();
    }

    [Fact]
    public async Task Token_ThatIsRight_GivesWhatItsClaimSays()
    {
        var judged = await rig.JudgeAsync(issuer.TokenFor("""{"publish":["a.*"],"subscribe":["b"],"history":["*"],"approve":["c"],"admin":true}"""));

        var token = judged.Token.ShouldNotBeNull(judged.Fault);
        token.Subject.ShouldBe("@alice");
        token.Caller.ShouldBe($"@alice of {issuer.Url}");
        (token.Rights.Publish[0], token.Rights.Subscribe[0], token.Rights.History[0], token.Rights.Approve[0], token.Rights.Admin)
            .ShouldBe(("a.*", "b", "*", "c", true));
        token.Ends.ShouldBe(time.GetUtcNow().AddMinutes(5).AddSeconds(30));
    }

    [Fact]
    public async Task Token_WithoutTheClaim_GivesNothing() =>
        (await RightAsync(claims => claims.Remove("webstream"))).Rights.IsNone.ShouldBeTrue();

    [Theory]
    [InlineData("exp", -29, true)]
    [InlineData("exp", -30, false)]
    [InlineData("nbf", 30, true)]
    [InlineData("nbf", 31, false)]
    public async Task Times_CountWithTheSkew(string claim, int seconds, bool isRight) =>
        ((await JudgeAsync(claims => claims[claim] = issuer.At(TimeSpan.FromSeconds(seconds)))).Token is not null).ShouldBe(isRight);

    [Theory]
    [InlineData("iss", "\"https://elsewhere.example\"", "its issuer")]
    [InlineData("iss", null, "its issuer")]
    [InlineData("aud", "\"another audience\"", "it is for another audience")]
    [InlineData("aud", "[]", "it is for another audience")]
    [InlineData("aud", null, "it is for another audience")]
    [InlineData("exp", "1700000000", "it has expired")]
    [InlineData("exp", null, "it has no time at which it expires")]
    [InlineData("nbf", "1900000000", "it is not valid yet")]
    [InlineData("sub", null, "it does not say who has it")]
    [InlineData("sub", "\"\"", "it does not say who has it")]
    [InlineData("sub", "7", "it does not say who has it")]
    [InlineData("webstream", "\"publish\"", "its claim webstream is no object")]
    [InlineData("webstream", "null", "its claim webstream is no object")]
    [InlineData("webstream", """{"publish":"*"}""", "its claim webstream is malformed: publish is a list")]
    [InlineData("webstream", """{"publish":["a*b"]}""", "its claim webstream is malformed: publish is a list")]
    [InlineData("webstream", """{"subscribe":[1]}""", "its claim webstream is malformed: subscribe is a list")]
    [InlineData("webstream", """{"admin":"true"}""", "its claim webstream is malformed: admin is true or false")]
    [InlineData("webstream", """{"publsh":["*"]}""", "its claim webstream is malformed: publsh is none of publish,")]
    public async Task Token_WithAWrongClaim_ProvesNothing(string claim, string? value, string fault)
    {
        var judged = await JudgeAsync(claims =>
        {
            claims.Remove(claim);
            if (value is not null)
            {
                claims[claim] = JsonNode.Parse(value);
            }
        });

        (judged.Token, judged.IsKnown).ShouldBe((null, true));
        judged.Fault.ShouldNotBeNull().ShouldStartWith($"The token does not count here: {fault}");
    }

    [Theory]
    [InlineData("alice@example.org", "@alice@example.org")]
    [InlineData("auth0|5f7c8ec7c33c6c004bbafe82", "@auth0|5f7c8ec7c33c6c004bbafe82")]
    [InlineData("CN=Alice Smith,O=Example", "@CN=Alice Smith,O=Example")]
    [InlineData("ci", "@ci")]
    [InlineData("#", null)]
    [InlineData(" ci", null)]
    [InlineData("\u0430lice", null)]
    [InlineData("al\nice", null)]
    [InlineData("alice\u202e", null)]
    [InlineData("1234567890123456789012345678901234567890123456789012345678901234", null)]
    public async Task Subject_CannotBeTakenForAKeysName_OrForAnotherSubject(string subject, string? source)
    {
        var token = await RightAsync(claims => claims["sub"] = subject);

        token.Subject.ShouldBe(source ?? $"@#{System.Buffers.Text.Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(subject)))}");
        token.Subject.Length.ShouldBeLessThanOrEqualTo(64);
        Webstream.Grains.KeyJson.IsName(token.Subject).ShouldBeFalse();
    }

    [Fact]
    public async Task Token_ThatIsSignedInAnotherWay_ProvesNothing()
    {
        using var other = RSA.Create(2048);
        var secret = Encoding.ASCII.GetBytes(issuer.PublicPem());
        (string What, string Token)[] wrong =
        [
            ("none", Signed("none", "first", _ => [])),
            ("none, with what was a signature", Signed("none", "first", _ => [1, 2, 3])),
            ("None", Signed("None", "first", _ => [])),
            ("no algorithm", TestIssuer.Sign(issuer.Claims(), new JsonObject { ["kid"] = "first" }, _ => [])),
            ("the public key as a secret", Signed("HS256", "first", data => HMACSHA256.HashData(secret, data))),
            ("the public key as a secret, without kid", Signed("HS256", null, data => HMACSHA256.HashData(secret, data))),
            ("an algorithm that is not set", Signed("RS512", "first", data => other.SignData(data, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1))),
            ("no signature", Signed("RS256", "first", _ => [])),
            ("the key of somebody else", Signed("RS256", "first", data => other.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))),
            ("other claims than were signed", Other(issuer.Token(), issuer.Token(claims => claims["sub"] = "bob"))),
            ("what is critical", issuer.Token(head: header => header["crit"] = new JsonArray("exp"))),
            ("a key of its own", issuer.Token(head: header => header["jwk"] = new JsonObject()).Replace('A', 'B')),
        ];

        foreach (var (what, token) in wrong)
        {
            var judged = await rig.JudgeAsync(token);
            (judged.Token, judged.IsKnown).ShouldBe((null, true), what);
        }

        (await rig.JudgeAsync(issuer.Token())).Token.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("wsk_0123456789abcdef_0123")]
    [InlineData("the-shared-key")]
    [InlineData("a.b.c")]
    [InlineData("..")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.e30")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.e30.x.y.z")]
    public void Text_OfAnotherForm_IsNoToken(string text) => TokenJudge.HasForm(text).ShouldBeFalse();

    [Fact]
    public async Task Keys_WhileTheAuthorityIsAway_GoOn_AndAnUnknownOneCannotBeJudged()
    {
        (await rig.JudgeAsync(issuer.Token())).Token.ShouldNotBeNull();
        issuer.Add("second");
        issuer.IsAway = true;
        time.Advance(SigningKeys.Fresh * 3);

        (await rig.JudgeAsync(issuer.Token(kid: "second"))).IsKnown.ShouldBeFalse();
        (await rig.JudgeAsync(issuer.Token())).Token.ShouldNotBeNull();

        issuer.IsAway = false;
        time.Advance(SigningKeys.Pause);
        (await rig.JudgeAsync(issuer.Token(kid: "second"))).Token.ShouldNotBeNull();
    }

    [Fact]
    public async Task Keys_ThatCouldNeverBeHad_AreUnknown()
    {
        issuer.IsAway = true;

        (await rig.JudgeAsync(issuer.Token())).IsKnown.ShouldBeFalse();
    }

    [Fact]
    public async Task Authority_OfAnotherName_HasNoKeys()
    {
        issuer.OtherName = "https://elsewhere.example";

        (await rig.JudgeAsync(issuer.Token())).IsKnown.ShouldBeFalse();
    }

    [Fact]
    public async Task Rotation_IsSeenAtOnce_AndTheKeyFromBeforeCountsNoMore()
    {
        (await rig.JudgeAsync(issuer.Token())).Token.ShouldNotBeNull();
        var old = issuer.Token();
        time.Advance(SigningKeys.Pause);
        issuer.Rotate("first", "second");

        (await rig.JudgeAsync(issuer.Token(kid: "second"))).Token.ShouldNotBeNull();
        (await rig.JudgeAsync(old)).Token.ShouldBeNull();
    }

    [Fact]
    public async Task Flood_OfUnknownKeys_IsNoFloodOfQuestions()
    {
        using var other = RSA.Create(2048);
        (await rig.JudgeAsync(issuer.Token())).Token.ShouldNotBeNull();
        var before = issuer.Requests;
        time.Advance(SigningKeys.Pause);

        var judged = await Task.WhenAll(Enumerable.Range(0, 200).Select(number => rig.JudgeAsync(
            Signed("RS256", $"kid {number}", data => other.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))).AsTask()));

        judged.ShouldAllBe(one => one.Token == null);
        // The two documents of one question.
        (issuer.Requests - before).ShouldBe(2);
    }

    [Fact]
    public async Task Tokens_ForSomebodyElse_AreNoReasonToAsk()
    {
        await rig.JudgeAsync(issuer.Token(claims => claims["iss"] = "https://elsewhere.example"));
        await rig.JudgeAsync(Signed("HS256", null, _ => [1]));

        issuer.Requests.ShouldBe(0);
    }

    private static string Other(string signed, string claims) => $"{signed.Split('.')[0]}.{claims.Split('.')[1]}.{signed.Split('.')[2]}";

    private string Signed(string algorithm, string? kid, Func<byte[], byte[]> sign) => TestIssuer.Sign(issuer.Claims(), TestIssuer.Header(algorithm, kid), sign);

    private ValueTask<TokenJudgement> JudgeAsync(Action<JsonObject> change) => rig.JudgeAsync(issuer.Token(change));

    private async Task<ProvenToken> RightAsync(Action<JsonObject> change)
    {
        var judged = await JudgeAsync(change);
        return judged.Token.ShouldNotBeNull(judged.Fault);
    }
}
