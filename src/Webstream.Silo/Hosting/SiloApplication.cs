using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Orleans.Configuration;
using Webstream.Grains.Hosting;

namespace Webstream.Silo.Hosting;

/// <summary>A silo with its health endpoints.</summary>
internal static class SiloApplication
{
    /// <summary>Where the health endpoints are unless <c>--urls</c> says otherwise.</summary>
    public const string DefaultUrls = "http://127.0.0.1:8081";

    // Gateways elsewhere wait for the poll, so it is short.
    private static readonly TimeSpan PollPeriod = TimeSpan.FromMilliseconds(10);

    /// <exception cref="ValidationException">A setting is wrong; the text says what to write instead.</exception>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            // Not the directory that we happen to be started from: a stranger's appsettings.json may lie there.
            ContentRootPath = AppContext.BaseDirectory,
        });
        configure?.Invoke(builder);
        if (string.IsNullOrEmpty(builder.Configuration["urls"]))
        {
            builder.WebHost.UseUrls(DefaultUrls);
        }

        var section = builder.Configuration.GetSection("Webstream");
        var cluster = section.GetSection("Cluster").Get<SiloClusterOptions>() ?? new();
        Validator.ValidateObject(cluster, new(cluster), validateAllProperties: true);
        builder.UseOrleans(silo => silo
            .UseLocalhostClustering(cluster.SiloPort, cluster.GatewayPort)
            .Configure<ClusterOptions>(SiloNames.Configure)
            .AddWebstream(section, PollPeriod));
        builder.Services.AddHealthChecks().AddCheck<SiloHealthCheck>("silo");

        var app = builder.Build();
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready");
        return app;
    }
}
