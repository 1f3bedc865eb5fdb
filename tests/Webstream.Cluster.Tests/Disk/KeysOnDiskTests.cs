using System.Net.Http.Headers;
using System.Text;
using Webstream.Cluster.Tests.Harness;

namespace Webstream.Cluster.Tests.Disk;

/// <summary>The command <c>keys</c> with a gateway whose history is on disk, as the user who runs that gateway, and with a file of keys.</summary>
public sealed class KeysOnDiskTests
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(30) };

    [Fact]
    public async Task Keys_MadeByTheGatewaysOwnUser_OutliveIt_AndNoOutputHasThemTwice()
    {
        await using var gateway = new DiskGateway(("Webstream__Write", "key"));
        await gateway.Server.StartReadyAsync();

        var made = await gateway.RunAsync("keys", "new", "ci", "--publish", "builds.*", "--history", "builds.*", "--expires", "30d");
        made.ExitCode.ShouldBe(0, made.ToString());
        var key = made.Output.Trim();
        made.Errors.ShouldStartWith($"The key ci with the id {key[4..20]}. It is shown only now");
        var list = await gateway.RunAsync("keys", "list");
        list.Output.ShouldStartWith($"{key[4..20]}  ci  publish=builds.* history=builds.* expires=");
        list.ToString().ShouldNotContain(key[21..]);

        (await PushAsync(gateway.Address, "builds.1", key)).ShouldBe(200);
        (await PushAsync(gateway.Address, "other", key)).ShouldBe(403);
        await gateway.Server.Process.KillAsync();
        await gateway.Server.StartReadyAsync();
        (await PushAsync(gateway.Address, "builds.1", key)).ShouldBe(200);

        // Nothing that the gateway keeps or says has the key.
        gateway.Server.Process.Text.ShouldNotContain(key[21..]);
        var kept = Encoding.Latin1.GetString([.. Directory.GetFiles(gateway.Folder).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal))
            .SelectMany(file => ReadShared(file))]);
        kept.ShouldNotContain(key[21..]);
        kept.ShouldContain(key[4..20]);

        (await gateway.RunAsync("keys", "revoke", key[4..20])).ExitCode.ShouldBe(0);
        (await PushAsync(gateway.Address, "builds.1", key)).ShouldBe(401);
        (await gateway.RunAsync("keys", "revoke", key[4..20])).ShouldSatisfyAllConditions(
            run => run.ExitCode.ShouldBe(1),
            run => run.Errors.ShouldContain("There is no key with this id."));
        (await gateway.RunAsync("keys", "new", "ci")).ShouldSatisfyAllConditions(
            run => run.ExitCode.ShouldBe(1),
            run => run.Errors.ShouldContain("A key without any right opens nothing."));
        (await gateway.RunAsync("keys", "new", "ci", "--publish", "a*b")).ExitCode.ShouldBe(2);
        (await gateway.RunAsync("keys", "new", "ci", "--publish", "*", "--limit", "messages=5")).ExitCode.ShouldBe(2);
        (await gateway.RunAsync("keys", "new", "slow", "--publish", "*", "--limit", "messagesPerSecond=5", "--limit", "listeners=2")).ExitCode.ShouldBe(0);
        (await gateway.RunAsync("keys", "list")).Output.ShouldContain("slow  publish=* messagesPerSecond=5 listeners=2");
    }

    [Fact]
    public async Task FileOfKeys_IsReadAgainWhenItChanges_AndRefusesTheStartWhenItIsBroken()
    {
        // Beside its home folder, which is new with the gateway.
        var file = $"{Path.GetTempFileName()}.json";
        await using var gateway = new DiskGateway(("Webstream__Write", "key"), ("Webstream__Keys__File", file));
        var first = await gateway.RunAsync("keys", "new", "ci", "--publish", "*", "--file", file);
        first.ExitCode.ShouldBe(0, first.ToString());
        await gateway.Server.StartReadyAsync();
        (await PushAsync(gateway.Address, "a", first.Output.Trim())).ShouldBe(200);

        var second = (await gateway.RunAsync("keys", "new", "ci", "--publish", "*", "--file", file)).Output.Trim();
        await Until.EqualAsync(() => PushAsync(gateway.Address, "a", second), 200);
        (await gateway.RunAsync("keys", "revoke", first.Output.Trim()[4..20], "--file", file)).ExitCode.ShouldBe(0);
        await Until.EqualAsync(() => PushAsync(gateway.Address, "a", first.Output.Trim()), 401);
        (await gateway.RunAsync("keys", "new", "more", "--publish", "*")).ShouldSatisfyAllConditions(
            run => run.ExitCode.ShouldBe(1),
            run => run.Errors.ShouldContain("This gateway has its keys from the file"));

        await gateway.Server.Process.TerminateAsync();
        await File.WriteAllTextAsync(file, """{"keys":[{"id":"x"}]}""", TestContext.Current.CancellationToken);
        gateway.Server.Start();
        (await gateway.Server.Process.ExitAsync()).ShouldBe(1);
        gateway.Server.Process.Text.ShouldContain("key 1 has no id, name and hash");
    }

    private static async Task<int> PushAsync(Uri gateway, string stream, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway, $"/api/push?stream={stream}")) { Content = new StringContent("text") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var answer = await Http.SendAsync(request);
        return (int)answer.StatusCode;
    }

    private static byte[] ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}
