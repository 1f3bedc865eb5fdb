using Webstream.Cluster.Tests.Harness;

namespace Webstream.Cluster.Tests.Disk;

/// <summary>Histories that go from a disk to a Redis and back, by the commands of the gateway.</summary>
public sealed class MovedHistoryTests
{
    private const int Messages = 300;

    // Not the usual one: names are compared by their text.
    private const string Moved = "moved";

    [Fact]
    public async Task History_MovedToRedisAndBack_KeepsIdsAndKeys_AndTheSourceTakesNoMore()
    {
        RedisServer.MustBeInstalled();
        await using var disk = new DiskGateway();
        await using var cluster = new TestCluster(silos: 0, gateways: 1, embed: true, more: new Dictionary<string, string> { ["WEBSTREAM_API_KEY"] = "key-for-the-tests-1" });
        await Task.WhenAll(disk.Server.StartReadyAsync(), cluster.StartAsync());
        var redis = cluster.Addresses[0].ToString();
        var file = Path.Combine(disk.Home, "export.ndjson");
        var (first, _) = await disk.PushAsync("one", Moved, key: "key-1");
        for (var pushed = 1; pushed < Messages; pushed += 30)
        {
            await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => disk.PushAsync("more", Moved)));
        }

        var (last, _) = await disk.PushAsync("last", Moved);

        // A copy: it begins a new epoch, for the source goes on.
        (await disk.RunAsync("history", "export", file)).ShouldSatisfyAllConditions(
            run => run.ExitCode.ShouldBe(0, run.ToString()),
            run => run.Errors.ShouldBe($"Exported {last.Sequence} messages of 1 streams."));
        (await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken)).Length.ShouldBe((int)last.Sequence + 3);
        (await disk.PushAsync("goes on", Moved)).Id.ShouldBe(last with { Sequence = last.Sequence + 1 });

        // By its secret, to a cluster by its key.
        (await disk.RunAsync("history", "export", file, "--final")).ExitCode.ShouldBe(0);
        (await disk.TryPushAsync("too late", Moved)).ShouldBe(409);
        (await disk.PushAsync("one", Moved, key: "key-1")).ShouldBe((first, true));
        disk.Settings["WEBSTREAM_API_KEY"] = "key-for-the-tests-1";
        (await disk.RunAsync("history", "import", file, "--url", redis)).ShouldSatisfyAllConditions(
            run => run.ExitCode.ShouldBe(0, run.ToString()),
            run => run.Errors.ShouldBe($"Imported {last.Sequence + 1} messages of 1 streams."));
        // Twice changes nothing, and says so.
        (await disk.RunAsync("history", "import", file, "--url", redis)).ShouldSatisfyAllConditions(
            run => run.ExitCode.ShouldBe(1, run.ToString()),
            run => run.Errors.ShouldContain("Left as they are, because they have messages: moved."));

        (await DiskGateway.PushAsync(cluster.Addresses[0], "one", Moved, "key-1")).ShouldBe((first, true));
        (await DiskGateway.PushAsync(cluster.Addresses[0], "in Redis", Moved, "key-2")).ShouldBe((last with { Sequence = last.Sequence + 2 }, false));

        // And back, into the file that it came from, while no gateway has it.
        disk.Server.Process.Terminate();
        await disk.Server.Process.ExitAsync();
        (await disk.RunAsync("history", "export", file, "--final", "--url", redis)).ExitCode.ShouldBe(0);
        (await disk.RunAsync("history", "import", file)).ShouldSatisfyAllConditions(
            run => run.ExitCode.ShouldBe(0, run.ToString()),
            run => run.Errors.ShouldBe($"Imported {last.Sequence + 2} messages of 1 streams."));
        await disk.Server.StartReadyAsync();
        (await disk.ResumeAsync(last, Moved)).ShouldSatisfyAllConditions(
            resumed => resumed.Status.ShouldBe("recovered"),
            resumed => resumed.Texts.ShouldBe(["goes on", "in Redis"]));
        (await disk.PushAsync("in Redis", Moved, key: "key-2")).ShouldBe((last with { Sequence = last.Sequence + 2 }, true));

        // A copy that was put back: whoever has an id of what is not in it hears of that.
        (await disk.RunAsync("history", "renew")).ShouldSatisfyAllConditions(
            run => run.ExitCode.ShouldBe(0, run.ToString()),
            run => run.Errors.ShouldBe("1 streams have a new epoch. Listeners with an older id are told reset."));
        (await disk.ResumeAsync(last, Moved)).Status.ShouldBe("reset");
        (await disk.PushAsync("renewed", Moved)).Id.ShouldSatisfyAllConditions(
            id => id.Epoch.ShouldNotBe(last.Epoch),
            id => id.Sequence.ShouldBe(last.Sequence + 3));
    }
}
