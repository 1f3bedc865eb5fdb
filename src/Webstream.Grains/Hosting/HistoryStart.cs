using Microsoft.Extensions.DependencyInjection;
using Webstream.Grains.History;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Grains.Hosting;

/// <summary>Opens a history on disk before the process starts its silo: what is wrong with the file is a refusal of the start.</summary>
public static class HistoryStart
{
    // After a shutdown that took all of its time, the process still has to end.
    private static readonly TimeSpan AfterShutdown = TimeSpan.FromSeconds(5);

    /// <summary>Takes the file's lock and opens the file, if the process has its history on disk.</summary>
    /// <param name="services">The process's services.</param>
    /// <param name="shutdown">How long the end of another process may take that still has the file.</param>
    /// <param name="say">Gets one line, if there is a wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StartRefusedException">Another process has the file, or it cannot be used.</exception>
    public static async Task OpenAsync(IServiceProvider services, TimeSpan shutdown, Action<string> say, CancellationToken cancellationToken)
    {
        if (services.GetService<HistoryLock>() is { } held)
        {
            await held.TakeAsync(shutdown + AfterShutdown, say, cancellationToken);
            services.GetRequiredService<IStreamHistories>();
        }
    }
}
