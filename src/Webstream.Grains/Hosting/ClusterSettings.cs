using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Webstream.Grains.History;
using Webstream.Grains.Memory;
using Webstream.Grains.Presence;
using Webstream.Grains.Streams;
using Webstream.ServiceDefaults.Settings;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Grains.Hosting;

/// <summary>
/// The settings of the cluster. A gateway without a silo registers them too, although it does not need all of them: all processes may share
/// one environment, and each refuses a wrong value in it.
/// </summary>
internal static class ClusterSettings
{
    /// <summary>Adds them.</summary>
    /// <param name="services">The process's services.</param>
    /// <param name="webstream">The section <c>Webstream</c>.</param>
    /// <exception cref="StartRefusedException">A value is not of its option's type.</exception>
    public static void AddClusterSettings(this IServiceCollection services, IConfiguration webstream)
    {
        services.AddSettings<WebstreamClusterOptions>(webstream, WebstreamClusterOptions.Section);
        services.AddSettings<HistoryOptions>(webstream, HistoryOptions.Section);
        services.AddSettingsList<StreamsOptions, StreamPattern>(webstream, "Streams", streams => streams.Patterns);
        services.AddSettings<MemoryOptions>(webstream, "Memory");
        services.AddSettings<PushQueueOptions>(webstream, "Queue");
        services.AddSettings<PresenceOptions>(webstream, "Presence");
        services.AddSettings<MessageStreamOptions>(webstream, "Stream");
    }
}
