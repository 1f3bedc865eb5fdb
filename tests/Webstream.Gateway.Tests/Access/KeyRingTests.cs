using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.Keys;
using Webstream.Grains;

namespace Webstream.Gateway.Tests.Access;

public sealed class KeyRingTests : IDisposable
{
    private static readonly KeyRights Builds = new() { Publish = ["builds.*"] };

    private readonly FakeTimeProvider time = new();
    private readonly AccessRig rig;

    public KeyRingTests() => rig = new(time);

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task Key_MadeAMomentAgoElsewhere_IsRightAtOnce()
    {
        (await FindAsync(rig.Keys.Add(Builds).Key)).ShouldBe(KeyStanding.Right);
        var (late, _) = rig.Keys.Add(Builds);
        time.Advance(TimeSpan.FromMilliseconds(101));

        (await FindAsync(late)).ShouldBe(KeyStanding.Right);
    }

    [Fact]
    public async Task Key_Revoked_IsWrongTwoSecondsLater()
    {
        var (key, id) = rig.Keys.Add(Builds);
        (await FindAsync(key)).ShouldBe(KeyStanding.Right);
        rig.Keys.Remove(id);
        time.Advance(KeyRing.Fresh + TimeSpan.FromMilliseconds(1));

        (await FindAsync(key)).ShouldBe(KeyStanding.Wrong);
    }

    [Fact]
    public async Task Key_Expired_IsWrong()
    {
        var (key, _) = rig.Keys.Add(Builds, expires: time.GetUtcNow().AddSeconds(1));
        (await FindAsync(key)).ShouldBe(KeyStanding.Right);
        time.Advance(TimeSpan.FromSeconds(1));

        (await FindAsync(key)).ShouldBe(KeyStanding.Wrong);
    }

    [Theory]
    [InlineData("wsk_")]
    [InlineData("wsk_0123456789abcdef")]
    [InlineData("wsk_0123456789abcdef_")]
    [InlineData("")]
    public async Task Text_WithoutTheFormOfAKey_IsWrongWithoutAQuestion(string text)
    {
        (await FindAsync(text)).ShouldBe(KeyStanding.Wrong);
        rig.Keys.Asked.ShouldBe(0);
    }

    [Fact]
    public async Task Key_WithARightIdAndAWrongSecret_IsWrong()
    {
        var (key, _) = rig.Keys.Add(Builds);
        var other = key[^1] == '0' ? '1' : '0';

        (await FindAsync(key[..^1] + other)).ShouldBe(KeyStanding.Wrong);
    }

    [Fact]
    public async Task Keys_ThatNobodyMade_AreNotAsManyQuestions()
    {
        for (var i = 0; i < 1000; i++)
        {
            (await FindAsync(StoredKey.New("x", Builds, default).Key)).ShouldBe(KeyStanding.Wrong);
        }

        rig.Keys.Asked.ShouldBe(1);
    }

    [Fact]
    public async Task Keys_ThatCannotBeHad_GoOnForAMinuteIfTheyAreKnown()
    {
        var (key, _) = rig.Keys.Add(Builds);
        await FindAsync(key);
        rig.Keys.IsAway = true;
        var (unknown, _) = rig.Keys.Add(Builds);

        time.Advance(KeyRing.GoesOn - TimeSpan.FromSeconds(1));
        (await FindAsync(key)).ShouldBe(KeyStanding.Right);
        (await FindAsync(unknown)).ShouldBe(KeyStanding.Unknown);
        time.Advance(TimeSpan.FromSeconds(2));
        (await FindAsync(key)).ShouldBe(KeyStanding.Unknown);

        rig.Keys.IsAway = false;
        time.Advance(TimeSpan.FromSeconds(2));
        (await FindAsync(key)).ShouldBe(KeyStanding.Right);
        (await FindAsync(unknown)).ShouldBe(KeyStanding.Right);
    }

    [Fact]
    public async Task Nobody_WhoSendsAKey_IsNoQuestion()
    {
        time.Advance(TimeSpan.FromHours(1));
        await rig.Judge.JudgeAsync([], new DefaultHttpContext());
        await rig.Judge.JudgeAsync(["a token for another server"], new DefaultHttpContext());

        rig.Keys.Asked.ShouldBe(0);
    }

    private async Task<KeyStanding> FindAsync(string key) => (await rig.Ring.FindAsync(key)).Standing;
}
