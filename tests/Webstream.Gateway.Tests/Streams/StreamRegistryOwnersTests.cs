using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.Streams;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Streams;

/// <summary>Which owners the registry keeps for streams without listeners.</summary>
public sealed class StreamRegistryOwnersTests : IDisposable
{
    private static readonly PushCommand Push = new([new() { Message = "m" }], "key", TimeSpan.FromSeconds(5));

    private readonly FakeTimeProvider time = new();
    private readonly RegistryRig rig;
    private readonly StreamRegistry streams;

    public StreamRegistryOwnersTests()
    {
        rig = new(time);
        streams = rig.Registry;
    }

    [Fact]
    public void Owner_AskedForAgain_IsTheSame()
    {
        var first = streams.OwnerOf(StreamName.Parse("a"));

        streams.OwnerOf(StreamName.Parse("a")).ShouldBeSameAs(first);
        streams.OwnerOf(StreamName.Parse("b")).ShouldNotBeSameAs(first);
        rig.Made.Keys.Order().ShouldBe(["a", "b"]);
    }

    [Fact]
    public void Owners_OfMoreStreamsThanAreKept_MakeThoseGoThatWereLongestUnused()
    {
        for (var i = 0; i < StreamRegistry.MaxOwners; i++)
        {
            streams.OwnerOf(Named(i));
            time.Advance(TimeSpan.FromMilliseconds(1));
        }

        streams.OwnerOf(Named(0));
        rig.Made.Count.ShouldBe(StreamRegistry.MaxOwners);

        streams.OwnerOf(StreamName.Parse("one-more"));

        streams.FindOwner(Named(0)).ShouldNotBeNull();
        streams.FindOwner(Named(1)).ShouldBeNull();
        streams.FindOwner(Named(StreamRegistry.MaxOwners / 4)).ShouldBeNull();
        streams.FindOwner(Named((StreamRegistry.MaxOwners / 4) + 1)).ShouldNotBeNull();
        streams.FindOwner(Named(StreamRegistry.MaxOwners - 1)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Owners_ThatAreAskedNow_StayHoweverManyThereAre()
    {
        var answer = new TaskCompletionSource();
        rig.Grain.BeforePush = () => answer.Task;
        var owner = streams.OwnerOf(Named(0));
        var asked = owner.PushAsync(Push).AsTask();

        for (var i = 1; i < 3 * StreamRegistry.MaxOwners; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            streams.OwnerOf(Named(i));
        }

        streams.FindOwner(Named(0)).ShouldBeSameAs(owner);
        Enumerable.Range(0, 3 * StreamRegistry.MaxOwners).Count(i => streams.FindOwner(Named(i)) is not null)
            .ShouldBeLessThanOrEqualTo(StreamRegistry.MaxOwners);
        answer.SetResult();
        await asked;
    }

    [Fact]
    public async Task Owner_NobodyAsksForAWhile_IsForgottenUnlessACallIsUnderWay()
    {
        var answer = new TaskCompletionSource();
        rig.Grain.BeforePush = () => answer.Task;
        var asked = streams.OwnerOf(Named(1)).PushAsync(Push).AsTask();
        streams.OwnerOf(Named(2));
        time.Advance(StreamRegistry.OwnerLinger / 2);
        streams.OwnerOf(Named(3));

        time.Advance(StreamRegistry.OwnerLinger / 2);
        streams.ForgetIdle();

        Kept().ShouldBe([1, 3]);
        answer.SetResult();
        await asked;
        streams.ForgetIdle();
        Kept().ShouldBe([3]);
    }

    [Fact]
    public async Task Owner_OfAStreamThatIsHere_StaysAndIsTheOneThatItAsks()
    {
        var owner = streams.OwnerOf(Named(1));
        using var lease = await streams.TakeAsync(Named(1), TestContext.Current.CancellationToken);
        time.Advance(2 * StreamRegistry.OwnerLinger);

        streams.ForgetIdle();

        streams.OwnerOf(Named(1)).ShouldBeSameAs(owner);
        streams.Find(Named(1)).ShouldBeSameAs(lease.Stream);
    }

    [Fact]
    public async Task FirstMessage_PushedThroughThisGateway_IsTold()
    {
        var began = new List<StreamName>();
        streams.Began += began.Add;

        await streams.OwnerOf(Named(1)).PushAsync(Push);
        await streams.OwnerOf(Named(1)).PushAsync(Push);

        began.ShouldBe([Named(1)]);
    }

    public void Dispose() => rig.Dispose();

    private static StreamName Named(int i) => StreamName.Parse($"s{i}");

    private IEnumerable<int> Kept() => Enumerable.Range(1, 3).Where(i => streams.FindOwner(Named(i)) is not null);
}
