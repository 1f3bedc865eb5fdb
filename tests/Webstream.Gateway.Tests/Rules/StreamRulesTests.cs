using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.Access;
using Webstream.Gateway.Snapshots;
using Webstream.Gateway.Tests.Access;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Rules;

/// <summary>When a gateway asks for rules, and what it goes by meanwhile.</summary>
public sealed class StreamRulesTests : IDisposable
{
    private static readonly StreamName Stream = StreamName.Parse("s");
    private static readonly Caller Nobody = new(null, KeyState.None, default, isLocal: false, foreign: null);
    private static readonly OwnRule Private = new() { Read = ReadPolicy.Key };

    private readonly FakeTimeProvider time = new();
    private readonly AccessRig rig;

    public StreamRulesTests() => rig = new(time);

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task Rules_AreAskedForEveryTwoSecondsAtMost_AndNotByWhoHasARight()
    {
        var reader = new Caller(
            new(CallerKind.NamedKey, "ci", new() { Subscribe = ["*"], History = ["*"], Publish = ["*"] }, "id"), KeyState.Right, default, isLocal: false, foreign: null);
        (await RefusalAsync(reader)).ShouldBeNull();
        time.Advance(TimeSpan.FromHours(1));
        rig.Rules.Asked.ShouldBe(0);

        for (var i = 0; i < 1000; i++)
        {
            (await RefusalAsync(Nobody)).ShouldBeNull();
        }

        rig.Rules.Asked.ShouldBe(1);
    }

    [Fact]
    public async Task Rule_SetElsewhere_HoldsAfterTwoSeconds()
    {
        await RefusalAsync(Nobody);
        rig.Rules.Set("s", Private);
        time.Advance(SnapshotAge.Fresh + TimeSpan.FromMilliseconds(1));
        (await RefusalAsync(Nobody)).ShouldBe(WebstreamError.KeyNeeded);
        rig.Rules.Set("s", new());
        time.Advance(SnapshotAge.Fresh + TimeSpan.FromMilliseconds(1));
        (await RefusalAsync(Nobody)).ShouldBeNull();
    }

    [Fact]
    public async Task UnknownRules_LetNobodyIn_WhoHasNoKeyForIt()
    {
        rig.Rules.IsAway = true;
        foreach (var action in (AccessAction[])[
            AccessAction.Publish, AccessAction.Subscribe, AccessAction.History, AccessAction.Describe, AccessAction.List, AccessAction.ListAll, AccessAction.Tools])
        {
            (await RefusalAsync(Nobody, action)).ShouldBe(WebstreamError.Unavailable, $"{action}");
        }

        var reader = new Caller(new(CallerKind.DefaultKey, "default", KeyRights.AllButApprove), KeyState.Right, default, isLocal: false, foreign: null);
        (await RefusalAsync(reader, AccessAction.History)).ShouldBeNull();
    }

    [Fact]
    public async Task KnownRules_GoOnForAMinute_AndNobodyWaitsForTheStoreMeanwhile()
    {
        rig.Rules.Set("s", Private);
        (await RefusalAsync(Nobody)).ShouldBe(WebstreamError.KeyNeeded);
        rig.Rules.IsAway = true;
        time.Advance(TimeSpan.FromSeconds(3));
        (await RefusalAsync(Nobody)).ShouldBe(WebstreamError.KeyNeeded);

        var silence = new TaskCompletionSource();
        rig.Rules.Answers = silence.Task;
        time.Advance(TimeSpan.FromSeconds(56));
        (await RefusalAsync(Nobody)).ShouldBe(WebstreamError.KeyNeeded);
        (await RefusalAsync(Nobody, stream: StreamName.Parse("other"))).ShouldBeNull();

        silence.SetResult();
        await Until.TrueAsync(() => rig.Rules.Asked == 3);
        time.Advance(TimeSpan.FromSeconds(2));
        (await RefusalAsync(Nobody)).ShouldBe(WebstreamError.Unavailable);

        rig.Rules.IsAway = false;
        time.Advance(TimeSpan.FromSeconds(2));
        (await RefusalAsync(Nobody)).ShouldBe(WebstreamError.KeyNeeded);
    }

    [Fact]
    public async Task Store_ThatIsSlow_IsWaitedFor()
    {
        var answer = new TaskCompletionSource();
        rig.Rules.Answers = answer.Task;
        var asking = RefusalAsync(Nobody);
        await Until.TrueAsync(() => rig.Rules.Asked == 1);
        asking.IsCompleted.ShouldBeFalse();
        answer.SetResult();
        (await asking).ShouldBeNull();
    }

    [Fact]
    public async Task OwnRules_CountWhereTheStreamIsNotNamedYet()
    {
        using var closed = new AccessRig(time, new() { Read = ReadPolicy.Key, Write = WritePolicy.Key });
        (await RefusalAsync(closed, Nobody, AccessAction.Publish, null)).ShouldBe(WebstreamError.KeyNeeded);
        (await RefusalAsync(closed, Nobody, AccessAction.List, null)).ShouldBe(WebstreamError.KeyNeeded);
        closed.Rules.Set("s", new() { Read = ReadPolicy.Open, Write = WritePolicy.Open });
        time.Advance(TimeSpan.FromSeconds(3));
        (await RefusalAsync(closed, Nobody, AccessAction.Publish, null)).ShouldBeNull();
        (await RefusalAsync(closed, Nobody, AccessAction.List, null)).ShouldBeNull();
        (await RefusalAsync(closed, Nobody, AccessAction.ListAll, null)).ShouldBe(WebstreamError.KeyNeeded);

        (await RefusalAsync(rig, Nobody, AccessAction.ListAll, null)).ShouldBeNull();
        rig.Rules.Set("s", new() { Listed = false });
        time.Advance(TimeSpan.FromSeconds(3));
        (await RefusalAsync(rig, Nobody, AccessAction.ListAll, null)).ShouldBe(WebstreamError.KeyNeeded);
        rig.StreamRules.Known!.InMetrics(Stream).ShouldBeFalse();
        rig.StreamRules.Known!.InMetrics(StreamName.Parse("other")).ShouldBeTrue();
    }

    [Fact]
    public async Task Listeners_AreEnded_WhenARuleClosesTheirStream()
    {
        var ended = new List<string>();
        var keyed = new Caller(new(CallerKind.DefaultKey, "default", KeyRights.AllButApprove), KeyState.Right, default, isLocal: false, foreign: null);
        using var first = rig.Grants.Watch(Nobody, Stream, _ => ended.Add("first"));
        using var second = rig.Grants.Watch(Nobody.AsListener(), Stream, _ => ended.Add("second"));
        using var other = rig.Grants.Watch(Nobody, StreamName.Parse("other"), _ => ended.Add("other"));
        using var withKey = rig.Grants.Watch(keyed, Stream, _ => ended.Add("keyed"));
        rig.Grants.Watch(Nobody, Stream, _ => ended.Add("gone")).Dispose();
        await PassAsync();
        ended.ShouldBeEmpty();

        rig.Rules.Set("s", Private);
        await PassAsync();
        ended.Order().ShouldBe(["first", "second"]);

        // One that was let in by rules that were looked through before it came.
        using var late = rig.Grants.Watch(Nobody, Stream, _ => ended.Add("late"));
        await PassAsync();
        ended.Order().ShouldBe(["first", "late", "second"]);
    }

    [Fact]
    public async Task Nobody_WhoListens_IsNoQuestion()
    {
        rig.Grants.Watch(Nobody, Stream, _ => { }).Dispose();
        await PassAsync();
        var asked = rig.Rules.Asked;
        time.Advance(TimeSpan.FromHours(1));
        await PassAsync();
        rig.Rules.Asked.ShouldBe(asked);
    }

    // As long as every gateway may take to know, in the steps of the timer, each of which comes to its end.
    private async Task PassAsync()
    {
        for (var second = 0; second < 4; second++)
        {
            var looks = rig.Grants.Looks;
            var watches = rig.Grants.IsWatching;
            time.Advance(TimeSpan.FromSeconds(1));
            await Until.TrueAsync(() => !watches || rig.Grants.Looks > looks);
        }
    }

    private Task<WebstreamError?> RefusalAsync(Caller caller, AccessAction action = AccessAction.Subscribe, StreamName? stream = null) =>
        RefusalAsync(rig, caller, action, stream ?? Stream);

    private static async Task<WebstreamError?> RefusalAsync(AccessRig rig, Caller caller, AccessAction action, StreamName? stream) =>
        (await rig.Gate.RefusalAsync(caller, new(action), stream))?.Error;
}
