using Orleans.Runtime;
using Orleans.Runtime.Placement;
using Webstream.Grains.Tests.Hosting;

namespace Webstream.Grains.Tests.Streams;

/// <summary>An owner whose history fails in a way that nobody foresaw.</summary>
[Collection(SharedCluster.Name)]
public class StreamGrainFailureTests(WebstreamCluster cluster)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Push_LogThatIsBroken_IsAnsweredAndTheNextOwnerGoesOn(bool wentIn)
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.Scripts[stream] = async (_, append) =>
        {
            await gate.Task;
            if (wentIn)
            {
                await append();
            }

            throw new InvalidOperationException("Not foreseen.");
        };
        var begun = PushesBegun(stream, 1);
        var sent = grain.Push(Pushes.WithKey("sent", "a"));
        await begun;
        begun = PushesBegun(stream, 1);
        var waiting = grain.Push(Pushes.WithKey("waiting", "b"));
        await begun;

        var silo = cluster.SiloOf(stream);
        gate.SetResult();

        // The timeout is far longer than this takes: no pusher is left waiting.
        var former = await sent;
        former.Outcome.ShouldBe(PushOutcome.Unknown);
        (await waiting).Outcome.ShouldBe(PushOutcome.Retry);
        cluster.Scripts.TryRemove(stream, out _);
        await cluster.Cluster.WaitForDeactivationAsync(grain);
        // The history in memory is on that silo.
        RequestContext.Set(IPlacementDirector.PlacementHintKey, silo);
        var again = await grain.Push(Pushes.WithKey("sent", "a"));
        again.Status.Activation.ShouldNotBe(former.Status.Activation);
        (again.Outcome, again.First).ShouldBe((wentIn ? PushOutcome.Duplicate : PushOutcome.Accepted, 1));
        (await grain.Push(Pushes.WithKey("waiting", "b"))).First.ShouldBe(2);
        (await cluster.ReadAllAsync(stream)).Select(message => message.Message).ShouldBe(["a", "b"]);
    }

    private Task PushesBegun(StreamName stream, int times) =>
        cluster.Calls.Begun(call => call.MethodName == nameof(IStreamGrain.Push) && call.TargetId.Key.ToString() == stream.Value, times);
}
