using Webstream.Gateway.Access;
using Webstream.Gateway.Addresses;
using Webstream.Gateway.Administration;
using Webstream.Gateway.Audit;
using Webstream.Gateway.Bodies;
using Webstream.Gateway.Changing;
using Webstream.Gateway.Connections;
using Webstream.Gateway.Dashboard;
using Webstream.Gateway.Errors;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Health;
using Webstream.Gateway.Idle;
using Webstream.Gateway.Keys;
using Webstream.Gateway.Limits;
using Webstream.Gateway.Listening;
using Webstream.Gateway.Mcp;
using Webstream.Gateway.Memory;
using Webstream.Gateway.Moving;
using Webstream.Gateway.Passes;
using Webstream.Gateway.Pushing;
using Webstream.Gateway.Reading;
using Webstream.Gateway.Sessions;
using Webstream.Gateway.Signing;
using Webstream.Gateway.Streams;
using Webstream.Gateway.Tokens;
using Webstream.Gateway.Transport;
using Webstream.Grains.Hosting;
using Webstream.Protocol;
using Webstream.ServiceDefaults.Settings;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Gateway.Hosting;

/// <summary>The gateway, put together from its features.</summary>
internal static class GatewayApplication
{
    /// <summary>Builds the gateway.</summary>
    /// <param name="urls">The addresses to listen on, separated by semicolons.</param>
    /// <param name="configure">Changes to the builder, for tests.</param>
    /// <exception cref="StartRefusedException">A setting is wrong.</exception>
    public static WebApplication Build(string urls, Action<WebApplicationBuilder>? configure = null) => Build(ListenPlan.AsWritten(urls), configure);

    /// <summary>Builds the gateway.</summary>
    /// <param name="plan">Where it listens.</param>
    /// <param name="configure">Changes to the builder, for tests.</param>
    /// <exception cref="StartRefusedException">A setting is wrong.</exception>
    public static WebApplication Build(ListenPlan plan, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            // Not the current directory: a stranger's appsettings.json may lie there.
            ContentRootPath = AppContext.BaseDirectory,
            ApplicationName = typeof(GatewayApplication).Assembly.GetName().Name,
        });
        builder.Configuration.AddShortNames();
        configure?.Invoke(builder);
        var webstream = builder.Configuration.GetSection("Webstream");
        SettingsCheck.RefuseUnknown(webstream);
        UnusedClusterSettings.LeaveOut(webstream, isSilo: false);

        // A header must not name the caller for whoever likes to write one: Webstream__TrustedProxies says whose headers count.
        builder.Configuration["ForwardedHeaders_Enabled"] = "false";
        builder.AddKestrel(plan);
        builder.AddConsole();
        builder.AddCluster(plan);
        builder.Services
            .AddProcess()
            .AddAddresses(webstream)
            .AddTransport()
            .AddConnections(webstream)
            .AddSharesOfMemory()
            .AddBodies()
            .AddLimits(webstream)
            .AddAccess(webstream)
            .AddKeys(webstream)
            .AddTokens(webstream)
            .AddPasses()
            .AddSessions()
            .AddAdministration()
            .AddAudit()
            .AddStreams(webstream, ListenUrls.HaveChosenPort(plan.Written) ? null : plan.Written)
            .AddReading()
            .AddMoving()
            .AddPushing(webstream)
            .AddChanging()
            .AddSingleton<GrainWebstream>()
            .AddSingleton<IWebstream, CallerWebstream>()
            .AddSigning()
            .AddListening()
            .AddFanOut(webstream)
            .AddIdleExit(webstream)
            .AddMcp()
            .AddGatewayHealth()
            .AddGatewayMetrics(webstream)
            .AddProblems()
            .AddApiDescription();

        var app = builder.Build();
        app.Services.GetRequiredService<ShutdownLogFilter>().Watch(app.Lifetime);
        app.UseSecurityHeaders();
        app.UseConnections();
        app.UseProblems();
        app.UseAddresses();
        app.UseRouting();
        app.UseMetricsPort();
        // After routing, so that the gateway looks for no file where there is an endpoint.
        app.UseDashboard();
        // Before callers are known: what tells assistants where to log in is answered there, also to pages.
        app.UseCors();
        app.UseCallers();
        app.UseAudit();
        app.UseRequestLimits();
        app.UseHeldRequests();
        app.UseAccess();
        // HEAD for all at once, so that no endpoint can be without it.
        var all = app.MapGroup("").AlsoHead();
        all.MapStream().AddEndpointFilter<IEndpointConventionBuilder, WebstreamExceptionFilter>().AddEndpointFilter<IEndpointConventionBuilder, LastingPlace>();
        var api = all.MapGroup("/api").AddEndpointFilter<WebstreamExceptionFilter>().CountsRequests();
        api.MapPush();
        api.MapReading();
        api.MapChanging();
        api.MapInfo();
        api.MapMoving();
        api.MapKeys();
        api.MapSessions();
        api.MapTickets();
        api.MapAssistant();
        all.MapMcp();
        all.MapHealth();
        all.MapOpenApi().Needs(AccessAction.Open);
        all.MapMetrics();
        return app;
    }
}
