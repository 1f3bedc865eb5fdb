using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Webstream.Grains.History;

namespace Webstream.Grains.Tests.History.Disk;

/// <summary>A disk without room: a small one in memory, which only root may mount.</summary>
public sealed class DiskFullTests : IDisposable
{
    private readonly DiskFolder folder = new();
    private bool mounted;

    public void Dispose()
    {
        if (mounted)
        {
            Run("umount", "-l", folder.Folder);
        }

        folder.Dispose();
    }

    [Fact]
    public async Task Push_ToAFullDisk_IsRefusedUntilThereIsRoom()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "needs root on Linux");
        mounted = Run("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder.Folder);
        Assert.SkipUnless(mounted, "may not mount");
        using var logs = folder.Open(reserve: 512 * 1024);
        var filler = Path.Combine(folder.Folder, "filler");
        await File.WriteAllBytesAsync(filler, new byte[1024 * 1024], TestContext.Current.CancellationToken);
        var acknowledged = 0L;

        var full = await Should.ThrowAsync<HistoryAwayException>(async () =>
        {
            for (var i = 0; i < 1000; i++)
            {
                acknowledged = (await logs.PushAsync("a", 1, text: new('x', 20_000))).Sequence;
            }
        });

        (full.MaybeIn, full.Refusal).ShouldBe((false, $"The disk is full: no room to write {folder.Path}"));
        // Refused at once from here on, and what is in can be read.
        (await Should.ThrowAsync<HistoryAwayException>(() => logs.PushAsync("b", 1))).Refusal.ShouldBe(full.Refusal);
        (await logs.ReadAllAsync("a")).Count.ShouldBe((int)acknowledged);
        (await logs.AskHealthAsync()).Refusal.ShouldNotBeNull().ShouldContain("The disk is full");
        File.Exists(folder.Path + ".reserve").ShouldBeFalse();

        // Still full: it is looked again, and stays refused.
        folder.Time.Advance(TimeSpan.FromSeconds(1));
        await logs.Writer.IdleAsync();
        File.Delete(filler);
        await UntilAsync(() => logs.CheckAsync().IsCompletedSuccessfully);

        (await logs.PushAsync("a", 1)).Sequence.ShouldBe(acknowledged + 1);
        (await logs.AskHealthAsync()).ShouldBe(HistoryHealth.Fine);
        File.Exists(folder.Path + ".reserve").ShouldBeTrue();
        folder.Told(LogLevel.Critical).ShouldBeEmpty();

        async Task UntilAsync(Func<bool> condition)
        {
            for (var tries = 0; !condition(); tries++)
            {
                tries.ShouldBeLessThan(10);
                folder.Time.Advance(TimeSpan.FromSeconds(1));
                await logs.Writer.IdleAsync();
            }
        }
    }

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
