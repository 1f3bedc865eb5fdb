using Orleans.Runtime;
using Webstream.Grains.Tests.Hosting;
using Webstream.Grains.Tests.Streams;

namespace Webstream.Grains.Tests.StreamDirectory;

[Collection(SharedCluster.Name)]
public class StreamDirectoryGrainTests(WebstreamCluster cluster)
{
    [Fact]
    public async Task List_StreamWithHistory_IsThereWithItsState()
    {
        var stream = WebstreamCluster.NewStream();
        var told = Told(stream, status => status.Head == 2);

        var answer = await cluster.GrainOf(stream).Push(Pushes.Of("a", "b"));

        await told;
        var entry = (await ListAsync(stream)).ShouldHaveSingleItem();
        (entry.Status.HeadId, entry.Status.Oldest, entry.Status.LastMessageAt).ShouldBe((answer.Status.HeadId, 1, answer.Timestamp));
    }

    [Fact]
    public async Task List_StreamWithoutHistoryAndListeners_Leaves()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        var came = Told(stream, status => status.Clients == 2);
        await grain.Report(new("gateway", 1, 1, 2, 0, 0));
        await came;
        (await ListAsync(stream)).ShouldHaveSingleItem().Status.Clients.ShouldBe(2);

        var left = Told(stream, status => status.Clients == 0);
        await grain.Report(new("gateway", 1, 2, 0, 0, 0));
        await left;

        (await ListAsync(stream)).ShouldBeEmpty();
    }

    [Fact]
    public async Task List_StreamWithHistoryThatNobodyListensTo_Stays()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        await grain.Push(Pushes.Of("a"));
        var came = Told(stream, status => status.Clients == 1);
        await grain.Report(new("gateway", 1, 1, 1, 0, 0));
        await came;
        var left = Told(stream, status => status.Clients == 0);
        await grain.Report(new("gateway", 1, 2, 0, 0, 0));
        await left;

        (await ListAsync(stream)).ShouldHaveSingleItem().Status.Clients.ShouldBe(0);
    }

    [Fact]
    public async Task List_ManyStreams_IsOrderedByNameAndWakesNone()
    {
        var directory = cluster.Cluster.Client.GetGrain<IStreamDirectoryGrain>(0);
        var status = await cluster.GrainOf(WebstreamCluster.NewStream()).Describe() with { Clients = 1 };
        await directory.Tell("zzz-asleep", status);
        await directory.Tell("ZZZ-asleep", status);
        await directory.Tell("aaa-asleep", status);

        var names = (await directory.List()).Select(e => e.Stream).ToArray();

        names.ShouldBe(names.Order(StringComparer.Ordinal));
        names.Where(name => name.EndsWith("-asleep", StringComparison.Ordinal)).ShouldBe(["ZZZ-asleep", "aaa-asleep", "zzz-asleep"]);
        cluster.Cluster.TryGetGrainContext(cluster.GrainOf(StreamName.Parse("zzz-asleep")).GetGrainId(), out _).ShouldBeFalse();
    }

    private Task Told(StreamName stream, Func<StreamStatus, bool> which) => cluster.Calls.CarriedOut(call =>
        call.InterfaceMethod.Name == nameof(IStreamDirectoryGrain.Tell)
        && stream.Value.Equals(call.Request.GetArgument(0))
        && which((StreamStatus)call.Request.GetArgument(1)!));

    private async Task<DirectoryEntry[]> ListAsync(StreamName stream) =>
        [.. (await cluster.Cluster.Client.GetGrain<IStreamDirectoryGrain>(0).List()).Where(e => e.Stream == stream.Value)];
}
