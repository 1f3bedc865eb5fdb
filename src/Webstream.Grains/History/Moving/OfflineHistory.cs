using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Webstream.Grains.Hosting;
using Webstream.Grains.Tables;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Grains.History.Moving;

/// <summary>A history on disk that is open without a silo: for a program that moves it and ends. The caller holds the file's lock.</summary>
public sealed class OfflineHistory : IDisposable
{
    private readonly ServiceProvider services;

    private OfflineHistory(ServiceProvider services, IHistoryMove move) => (this.services, Move) = (services, move);

    /// <summary>What can be done with it.</summary>
    public IHistoryMove Move { get; }

    /// <summary>Opens the file, or begins it.</summary>
    /// <param name="path">The database.</param>
    /// <param name="webstream">The section <c>Webstream</c>, for the bounds.</param>
    /// <exception cref="StartRefusedException">It cannot be used.</exception>
    public static OfflineHistory Open(string path, IConfiguration webstream)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning).AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace));
        services.AddMetrics();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<HistoryMetrics>();
        // Before the settings, which are then bound over it.
        services.Configure<HistoryOptions>(options => options.BeginOnDisk());
        services.AddClusterSettings(webstream);
        services.AddDiskHistory(path);
        var provider = services.BuildServiceProvider();
        try
        {
            return new(provider, new HistoryMove(provider.GetRequiredService<IStreamHistories>(), new(provider.GetRequiredService<ITables>())));
        }
        catch
        {
            provider.Dispose();
            throw;
        }
    }

    public void Dispose() => services.Dispose();
}
