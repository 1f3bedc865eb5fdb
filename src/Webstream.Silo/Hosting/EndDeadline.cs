using System.Diagnostics;

namespace Webstream.Silo.Hosting;

/// <summary>
/// Ends the process when its orderly end takes too long. A silo says good-bye in Redis, and while Redis is away it would try that for two
/// minutes; by then whoever asked it to end has lost patience.
/// </summary>
internal static class EndDeadline
{
    /// <summary>Less than the 30 s after which containers are killed, and more than an orderly end takes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static void Watch(IHostApplicationLifetime lifetime, TextWriter output) => lifetime.ApplicationStopping.Register(() => _ = EndAsync(output));

    private static async Task EndAsync(TextWriter output)
    {
        await Task.Delay(Patience);
        await output.WriteLineAsync($"webstream-silo: the end took longer than {Patience.TotalSeconds:0} seconds, most likely because Redis does not answer. Ending without a word to the others, who find out by themselves.");
        using var self = Process.GetCurrentProcess();
        self.Kill();
    }
}
