using System.Diagnostics;
using System.Globalization;
using Webstream.Grains.History;
using Webstream.Grains.History.Disk;
using Webstream.Grains.Tests.History.Redis;
using Webstream.Grains.Tests.Memory;
using Microsoft.Extensions.Logging.Abstractions;

namespace Webstream.Grains.Tests.History.Disk;

/// <summary>A process of its own that appends to a history, so that it can be ended at any write.</summary>
public sealed class DiskChild
{
    public const string ExplicitMethod = "Webstream.Grains.Tests.History.Disk.DiskChild.Run";

    /// <summary>The exit code when the preloaded library ended the process.</summary>
    public const int Ended = 77;

    /// <summary>Runs the child.</summary>
    /// <param name="folder">Where its history is.</param>
    /// <param name="told">Where it says what was acknowledged: one line an append.</param>
    /// <param name="sync">When an append counts as done.</param>
    /// <param name="wrapper">Starts it in another way: a program and its arguments.</param>
    /// <param name="power">The settings of the preloaded library.</param>
    /// <param name="appends">How many appends it makes for each of three streams.</param>
    /// <returns>Its exit code and its lines.</returns>
    internal static async Task<(int Code, string[] Lines)> RunAsync(
        DiskFolder folder, DiskFolder told, HistorySync sync, string[]? wrapper = null, (string Name, string Value)[]? power = null, int appends = 300)
    {
        string[] command = [.. wrapper ?? [], "dotnet", "exec", Path.Combine(AppContext.BaseDirectory, "Webstream.Grains.Tests.dll"), "-explicit", "only", "-method", ExplicitMethod];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        var said = Path.Combine(told.Folder, "said");
        foreach (var (name, value) in (power ?? []).Concat([("CHILD_PATH", folder.Path), ("CHILD_SAID", said), ("CHILD_SYNC", $"{sync}"), ("CHILD_APPENDS", $"{appends}")]))
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        var text = await output + await errors;
        File.Exists(said).ShouldBeTrue(text);
        TestContext.Current.SendDiagnosticMessage(text);
        return (process.ExitCode, await File.ReadAllLinesAsync(said, TestContext.Current.CancellationToken));
    }

    /// <summary>The process itself. Its lines: <c>in ID</c>, <c>out ID REASON</c> (surely not in), <c>perhaps ID</c>.</summary>
    [Fact(Explicit = true)]
    public async Task Run()
    {
        var appends = int.Parse(Environment.GetEnvironmentVariable("CHILD_APPENDS")!, CultureInfo.InvariantCulture);
        using var said = new StreamWriter(Environment.GetEnvironmentVariable("CHILD_SAID")!) { AutoFlush = true };
        await said.WriteLineAsync("began");
        using var logs = DiskStreamHistories.Open(
            new()
            {
                Path = Environment.GetEnvironmentVariable("CHILD_PATH")!,
                Sync = Enum.Parse<HistorySync>(Environment.GetEnvironmentVariable("CHILD_SYNC")!),
                BootId = "boot-1",
                ReserveBytes = 64 * 1024,
            },
            new() { RetainedMessages = 200 },
            Budgets.Of(),
            new RefusedAppends().Metrics,
            TimeProvider.System,
            NullLogger<DiskStreamHistories>.Instance);
        await Task.WhenAll(Enumerable.Range(1, 3).Select(i => Task.Run(() => PushAsync(logs, StreamName.Parse($"s{i}"), i, appends, said))));
        await said.WriteLineAsync("done");
    }

    private static async Task PushAsync(DiskStreamHistories logs, StreamName stream, int size, int appends, StreamWriter said)
    {
        var log = logs.LogOf(stream);
        await log.OpenAsync(TestContext.Current.CancellationToken);
        for (var i = 0; i < appends; i++)
        {
            var batch = DiskStore.Next(log.Range, stream, size, DateTimeOffset.UtcNow, new('x', 200));
            var id = new EventId(batch.Epoch, batch.Last);
            var line = $"in {stream} {id}";
            try
            {
                (await log.AppendAsync(batch, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);
            }
            catch (HistoryAwayException away)
            {
                line = $"{(away.MaybeIn ? "perhaps" : "out")} {stream} {id} {away.Refusal}";
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }

            lock (said)
            {
                said.WriteLine(line);
            }
        }
    }
}
