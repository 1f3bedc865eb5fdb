using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using Webstream.Gateway.Access;
using Webstream.Gateway.Bodies;
using Webstream.Gateway.Connections;
using Webstream.Gateway.Dashboard;
using Webstream.Gateway.Errors;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Health;
using Webstream.Gateway.Idle;
using Webstream.Gateway.Listening;
using Webstream.Gateway.Mcp;
using Webstream.Gateway.Memory;
using Webstream.Gateway.Pushing;
using Webstream.Gateway.Reading;
using Webstream.Gateway.Streams;
using Webstream.Gateway.Transport;
using Webstream.Grains.Hosting;
using Webstream.Grains.Logging;
using Webstream.Grains.Memory;
using Webstream.Protocol;

namespace Webstream.Gateway.Hosting;

/// <summary>The gateway, put together from its features.</summary>
internal static class GatewayApplication
{
    /// <summary>Builds the gateway.</summary>
    /// <param name="urls">The addresses to listen on, separated by semicolons.</param>
    /// <param name="configure">Changes to the builder, for tests.</param>
    /// <exception cref="StartRefusedException">A setting is wrong.</exception>
    public static WebApplication Build(string urls, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            // Not the directory that we happen to be started from: a stranger's appsettings.json may lie there.
            ContentRootPath = AppContext.BaseDirectory,
            ApplicationName = typeof(GatewayApplication).Assembly.GetName().Name,
        });
        builder.Configuration.AddShortNames();
        builder.WebHost.UseUrls(urls);
        configure?.Invoke(builder);
        SettingsCheck.Refuse(builder.Configuration.GetSection("Webstream"));

        builder.AddKestrel();
        builder.AddConsole();
        var quietEnd = new QuietEnd();
        quietEnd.Filter(builder.Logging);
        builder.AddCluster();
        builder.Services
            .AddWebstreamOptions(builder.Configuration.GetSection("Webstream"))
            .AddSharesOfMemory()
            .AddHubs(urls, builder.Configuration)
            .AddAccess()
            .AddPushing()
            .AddListening()
            .AddConnections()
            .AddIdleExit()
            .AddMcp()
            .AddGatewayHealth()
            .AddGatewayMetrics()
            .AddProblemDetails(options => options.CustomizeProblemDetails = Problems.Customise)
            .AddApiDescription();

        var app = builder.Build();
        quietEnd.Watch(app.Lifetime);
        app.Services.GetRequiredService<ConnectionMetrics>();
        app.Use(ConnectionRequests.ServeAsync);
        app.UseExceptionHandler(failed => failed.Run(Problems.ForFailure));
        app.UseStatusCodePages(bare => Problems.ForStatus(bare.HttpContext));
        app.UseRouting();
        // After it, so that no file is looked for where there is an endpoint.
        app.UseDashboard();
        app.UseAuthentication();
        app.UseCors();
        if (app.Services.GetRequiredService<IOptions<PushOptions>>().Value.PerSecond > 0)
        {
            // Not without need: it ticks ten times a second, busy or idle.
            app.UseRateLimiter();
        }

        app.Use(app.Services.GetRequiredService<HeldRequests>().InvokeAsync);
        app.MapStream().AddEndpointFilter<IEndpointConventionBuilder, WebstreamExceptionFilter>().AddEndpointFilter(ConnectionRequests.ListenAsync);
        var api = app.MapGroup("/api").RequireCors(CorsPolicies.Api).AddEndpointFilter<WebstreamExceptionFilter>();
        api.MapPush();
        api.MapReading();
        api.MapInfo();
        api.MapAssistant();
        app.MapMcp();
        app.MapHealth();
        app.MapOpenApi();
        app.MapMetrics();
        return app;
    }

    private static IServiceCollection AddWebstreamOptions(this IServiceCollection services, IConfigurationSection section)
    {
        services.AddOptions<AccessOptions>().Bind(section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<IdleOptions>().Bind(section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<AddressOptions>().Bind(section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<ListenerOptions>().Bind(section.GetSection("Listeners")).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<ConnectionOptions>().Bind(section.GetSection("Connections")).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<HubOptions>().Bind(section.GetSection("Hub")).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<PushOptions>().Bind(section.GetSection("Push")).ValidateDataAnnotations().ValidateOnStart();
        return services;
    }

    private static IServiceCollection AddSharesOfMemory(this IServiceCollection services)
    {
        services.AddSingleton<GatewayMemory>();
        services.AddSingleton<HeldRequests>();
        services.AddSingleton<BodyReader>();
        return services;
    }

    private static IServiceCollection AddHubs(this IServiceCollection services, string urls, ConfigurationManager configuration)
    {
        services.AddSingleton(provider =>
        {
            var time = provider.GetRequiredService<TimeProvider>();
            var instance = Guid.NewGuid().ToString("N");
            // A port that the system chooses is another one at every start, and no name: two gateways of a machine would share it.
            var place = ListenUrls.HaveChosenPort(urls) ? instance : urls;
            var name = configuration["Webstream:Cluster:GatewayName"] ?? $"{Environment.MachineName} {place}";
            return new GatewayIdentity(name, instance, time.GetUtcNow());
        });
        services.AddSingleton<GatewayMetrics>();
        services.AddSingleton<IStreamFeed, OrleansStreamFeed>();
        services.AddSingleton(provider => new FanOutShards(
            provider.GetRequiredService<IOptions<ListenerOptions>>().Value,
            provider.GetRequiredService<GatewayMemory>().Reads,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<GatewayMetrics>(),
            provider.GetRequiredService<ProcessEnd>()));
        services.AddSingleton<FrameMemory>();
        services.AddSingleton<StreamTroubles>();
        services.AddSingleton<GatewayStreamFactory>();
        services.AddSingleton<StreamRegistry>();
        services.AddHostedService<StreamUpkeep>();
        services.AddSingleton<StreamStates>();
        services.AddSingleton<StreamLists>();
        services.AddSingleton<FirstMessages>();
        services.AddSingleton<MessageReader>();
        services.AddSingleton<Pusher>();
        services.AddSingleton<IWebstream, GrainWebstream>();
        return services;
    }

    private static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services.AddSingleton<AccessRules>();
        services.AddSingleton<IConfigureOptions<CorsOptions>, CorsPolicies>();
        services.AddCors();
        // Authentication asks for a key ring, which nothing here uses: none on the disk.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.AddAuthentication(ApiKeyAuthentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAuthentication>(ApiKeyAuthentication.SchemeName, null);
        return services;
    }

    private static IServiceCollection AddPushing(this IServiceCollection services)
    {
        services.AddSingleton<IConfigureOptions<RateLimiterOptions>, PushRateLimit>();
        services.AddRateLimiter(_ => { });
        return services;
    }

    private static IServiceCollection AddListening(this IServiceCollection services)
    {
        services.AddSingleton<ListenerPlaces>();
        services.AddSingleton(provider => new HandOverGarbage(
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<MemoryReturn>()));
        services.AddSingleton<DrainWaves>();
        services.AddHostedService(provider => provider.GetRequiredService<DrainWaves>());
        services.AddSingleton<ListeningServices>();
        return services;
    }

    private static IServiceCollection AddConnections(this IServiceCollection services)
    {
        services.AddSingleton<ProcessEnd>();
        services.AddSingleton<ConnectionTroubles>();
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<ConnectionOptions>>().Value;
            return new ConnectionPlaces(
                open => ConnectionLimits.Of(options.Max, OpenFiles.Limit, OpenFiles.Count() - open),
                provider.GetRequiredService<MemoryBudget>(),
                provider.GetRequiredService<ConnectionTroubles>(),
                provider.GetRequiredService<TimeProvider>());
        });
        services.AddSingleton<ConnectionMetrics>();
        services.AddSingleton<IConfigureOptions<SocketTransportOptions>, ListenSockets>();
        services.AddSingleton<SocketTransportFactory>();
        // The last one that can bind an address is taken.
        services.AddSingleton<IConnectionListenerFactory, CountedTransport>();
        services.AddSingleton<IConnectionListenerFactory, HandOverTransport>();
        return services;
    }

    private static IServiceCollection AddIdleExit(this IServiceCollection services)
    {
        services.AddSingleton<IdleClock>();
        services.AddHostedService<IdleExit>();
        return services;
    }

    private static void AddShortNames(this ConfigurationManager configuration)
    {
        if (Environment.GetEnvironmentVariable("WEBSTREAM_API_KEY") is { Length: > 0 } key)
        {
            configuration.AddInMemoryCollection([new("Webstream:ApiKey", key)]);
        }

        if (Environment.GetEnvironmentVariable("WEBSTREAM_PUBLIC_URL") is { Length: > 0 } url)
        {
            configuration.AddInMemoryCollection([new("Webstream:PublicUrl", url)]);
        }
    }

    private static void AddKestrel(this WebApplicationBuilder builder) => builder.WebHost.ConfigureKestrel(kestrel =>
    {
        kestrel.AddServerHeader = false;
        // Listeners have a rule of their own for those that do not read.
        kestrel.Limits.MinResponseDataRate = null;
        // What may be held for each connection: of what its client says while its request is worked on, and of what it does not take.
        kestrel.Limits.MaxRequestBufferSize = 64 * 1024;
        kestrel.Limits.MaxResponseBufferSize = 16 * 1024;
        kestrel.Limits.Http2.InitialStreamWindowSize = 64 * 1024;
        kestrel.Limits.Http2.InitialConnectionWindowSize = 128 * 1024;
    });

    private static void AddConsole(this WebApplicationBuilder builder)
    {
        // The listeners' waves, and then what is still under way.
        builder.Services.AddOptions<HostOptions>().Configure<IOptions<ListenerOptions>>((host, listeners) =>
            host.ShutdownTimeout = listeners.Value.DrainTime + TimeSpan.FromSeconds(10));
        builder.Logging.AddWebstreamConsole(builder.Configuration.GetSection("Webstream"));
        // It can look before the thread that it watches has run once, and then takes the machine's uptime for a standstill.
        builder.Logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error);
        // While Redis is away it says so with a trace every second; the health check and the publisher say it once.
        builder.Logging.AddFilter("Orleans.Messaging.GatewayManager", LogLevel.Critical);
        // An event on its way to a stream that has just closed: nobody is left to want it, and nothing is lost.
        builder.Logging.AddFilter("Orleans.Streams.StreamConsumerExtension", LogLevel.Error);
        builder.Logging.LeaveOutOutages();
    }
}
