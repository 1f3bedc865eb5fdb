namespace Webstream.Fuzz.Tests.Harness;

/// <summary>A gateway as a process of its own, with its output. All doors of a test class belong to this one gateway.</summary>
public sealed class RunningGateway : IAsyncLifetime
{
    private const string Open = "  open ";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    // The categories that log about requests.
    private static readonly string[] Failures = ["Microsoft.AspNetCore", "ModelContextProtocol", "Webstream.Tools", "unhandled exception"];

    private ChildProcess? process;

    /// <summary>The address at which it listens.</summary>
    public Uri Address { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        process = ChildProcess.Start([.. Programs.Gateway, "--host", "127.0.0.1", "--port", "0"],
        [
            // On a busy machine a push may be slow, which is no fault of its body.
            ("Webstream__Push__Patience", "00:01:00"),
            // The same goes for calls within the cluster: Orleans would log that they are slow.
            ("Logging__LogLevel__Orleans", "None"),
        ]);
        Address = new((await process.Output.FirstAsync(Open, Patience))[Open.Length..].Trim());
    }

    /// <summary>The gateway runs, and nothing in its log is about a request that failed inside.</summary>
    public void ShouldBeUnhurt()
    {
        process!.HasExited.ShouldBeFalse($"It ended. It had said:\n{process.Text}");
        process.Output.All.Concat(process.Errors.All)
            .Where(line => Failures.Any(failure => line.Contains(failure, StringComparison.Ordinal))).ShouldBeEmpty();
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            await process.DisposeAsync();
        }
    }
}
