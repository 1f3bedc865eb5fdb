using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.Access;
using Webstream.Gateway.Rules;
using Webstream.Gateway.Tests.Access;
using Webstream.Gateway.Tokens;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Tokens;

/// <summary>The end of a token, for listeners that live by it, by a clock that the test sets.</summary>
public sealed class TokenEndTests
{
    private readonly FakeTimeProvider time = new(new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData("s", true)]
    [InlineData("public", false)]
    public async Task Listener_EndsWithItsToken_UnlessItMayListenWithoutIt(string stream, bool ends)
    {
        using var rig = new AccessRig(
            time, new() { Read = ReadPolicy.Key }, new() { Patterns = { new() { Match = "public", Read = ReadPolicy.Open } } });
        WebstreamException? told = null;
        var caller = new Caller(
            KeyIdentity.Of(new ProvenToken("@alice", "@alice of https://id.example.org", new() { Subscribe = ["*"] }, time.GetUtcNow().AddSeconds(60))),
            KeyState.Right, default, isLocal: false, foreign: null);
        using var watch = rig.Grants.Watch(caller, StreamName.Parse(stream), refusal => told = refusal);

        for (var second = 0; second < 59; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
        }

        told.ShouldBeNull();
        time.Advance(TimeSpan.FromSeconds(1));
        await Until.TrueAsync(() => rig.Grants.Looks == 60);
        (told is not null).ShouldBe(ends);
        told?.Message.ShouldStartWith("The token has expired");
        // Nobody has a named key, so nobody asks which there are.
        rig.Keys.Asked.ShouldBe(0);
    }

    [Fact]
    public async Task Listener_WhoseTokenHasEnded_IsNotKeptByRulesThatAreNotKnown()
    {
        using var rig = new AccessRig(time);
        rig.Rules.IsAway = true;
        var ended = false;
        var caller = new Caller(
            KeyIdentity.Of(new ProvenToken("@alice", "@alice of https://id.example.org", new() { Subscribe = ["*"] }, time.GetUtcNow().AddSeconds(2))),
            KeyState.Right, default, isLocal: false, foreign: null);
        using var watch = rig.Grants.Watch(caller, StreamName.Parse("s"), _ => ended = true);

        time.Advance(TimeSpan.FromSeconds(1));
        ended.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(1));
        await Until.TrueAsync(() => ended);
    }
}
