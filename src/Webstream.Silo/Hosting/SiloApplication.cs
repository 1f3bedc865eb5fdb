using System.Globalization;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Webstream.Grains.Hosting;
using Webstream.ServiceDefaults.Health;
using Webstream.ServiceDefaults.Logging;
using Webstream.ServiceDefaults.Settings;
using Webstream.ServiceDefaults.Starting;
using Webstream.ServiceDefaults.State;

namespace Webstream.Silo.Hosting;

/// <summary>A silo with its health endpoints.</summary>
internal static class SiloApplication
{
    /// <summary>Where the health endpoints are unless <c>--urls</c> says otherwise.</summary>
    public const string DefaultUrls = "http://127.0.0.1:8081";

    private const string Ready = "silo";
    private const string Write = "write";

    /// <exception cref="StartRefusedException">A setting is wrong; the text says what to write instead.</exception>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            // Not the current directory at the start: a stranger's appsettings.json may be there.
            ContentRootPath = AppContext.BaseDirectory,
        });
        configure?.Invoke(builder);
        ListenRules.RefuseWrong(builder.Configuration);
        builder.WebHost.UseUrls(UrlsOf(builder.Configuration));
        var section = builder.Configuration.GetSection("Webstream");
        SettingsCheck.RefuseUnknown(section);
        UnusedClusterSettings.LeaveOut(section, isSilo: true);
        var cluster = ClusterMembership.Read(section);
        var place = string.IsNullOrEmpty(cluster.Redis) ? HistoryPlace.Find(section, builder.Configuration[StateFolder.Variable], NameOf(cluster)) : null;
        builder.UseOrleans(silo => (string.IsNullOrEmpty(cluster.Redis) ? silo.BeOnlySilo(cluster) : silo.JoinThroughRedis(cluster))
            .AddWebstream(section, place));
        builder.Logging.AddWebstreamConsole(section);
        builder.Logging.LeaveOutNoise();
        builder.Services.AddHealthChecks().AddCheck<SiloHealthCheck>(Ready).AddCheck<WriteHealthCheck>(Write);

        var app = builder.Build();
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = HealthText.WriteWordAsync });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Name == Ready, ResponseWriter = HealthText.WriteTroubleAsync });
        app.MapHealthChecks("/health/write", new HealthCheckOptions { Predicate = check => check.Name == Write, ResponseWriter = HealthText.WriteAllAsync });
        return app;
    }

    /// <summary>Where a silo with this configuration has its health endpoints, separated by semicolons.</summary>
    public static string UrlsOf(IConfiguration configuration) => ListenSettings.Of(configuration) ?? DefaultUrls;

    private static string? NameOf(WebstreamClusterOptions cluster) =>
        cluster.SiloPort == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"silo-{cluster.SiloPort}");
}
