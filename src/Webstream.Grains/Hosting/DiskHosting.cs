using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Webstream.Grains.History;
using Webstream.Grains.History.Disk;
using Webstream.Grains.Memory;
using Webstream.Grains.Passes;
using Webstream.Grains.Secrets;
using Webstream.Grains.Tables;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Grains.Hosting;

/// <summary>Registers the histories on disk.</summary>
internal static class DiskHosting
{
    /// <summary>Adds them. A process with a silo holds the file's lock (<see cref="HistoryLock"/>) before the file is opened.</summary>
    /// <param name="services">The process's services.</param>
    /// <param name="path">The file.</param>
    public static void AddDiskHistory(this IServiceCollection services, string path)
    {
        // The setting bounds the file here. What streams take in memory besides has its usual part.
        services.AddSingleton(provider => new MemoryBudget(
            provider.GetRequiredService<IOptions<MemoryOptions>>(), Options.Create(new HistoryOptions()), provider.GetRequiredService<IMeterFactory>()));
        services.TryAddSingleton<RetentionRules>();
        services.AddSingleton<IStreamHistories>(provider => Open(provider, path));
        services.AddSingleton<ITables>(provider => new DiskTables((DiskStreamHistories)provider.GetRequiredService<IStreamHistories>()));
        services.AddSingleton<ISecretStore>(provider => new DiskSecretStore((DiskStreamHistories)provider.GetRequiredService<IStreamHistories>()));
        services.AddSingleton<IPassStore>(provider => new DiskPassStore(
            (DiskStreamHistories)provider.GetRequiredService<IStreamHistories>(), provider.GetRequiredService<TimeProvider>()));
    }

    private static DiskStreamHistories Open(IServiceProvider services, string path)
    {
        services.GetService<HistoryLock>()?.Take();
        var options = services.GetRequiredService<IOptions<HistoryOptions>>().Value;
        var disk = new DiskHistoryOptions { Path = path, Sync = options.Sync };
        try
        {
            return DiskStreamHistories.Open(
                disk,
                options,
                services.GetRequiredService<MemoryBudget>(),
                services.GetRequiredService<HistoryMetrics>(),
                services.GetRequiredService<TimeProvider>(),
                services.GetRequiredService<ILogger<DiskStreamHistories>>(),
                services.GetRequiredService<RetentionRules>());
        }
        catch (HistoryFileException unusable)
        {
            throw new StartRefusedException(unusable.Message);
        }
    }
}
