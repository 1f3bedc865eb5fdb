using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;

namespace Webstream.Gateway.Passes;

/// <summary>
/// The web server, whose requests have no ticket in their addresses: see <see cref="TicketInAddress"/>. The framework logs and traces a request before any
/// middleware sees it, so this is the only place that is early enough.
/// </summary>
/// <param name="inner">The web server.</param>
internal sealed class TicketlessServer(IServer inner) : IServer
{
    /// <inheritdoc/>
    public IFeatureCollection Features => inner.Features;

    /// <summary>Puts it before the web server that is registered.</summary>
    public static void Wrap(IServiceCollection services)
    {
        var server = services.Last(service => service.ServiceType == typeof(IServer)).ImplementationType
            ?? throw new InvalidOperationException("The web server is not registered by its type.");
        services.AddSingleton(server);
        services.AddSingleton<IServer>(provider => new TicketlessServer((IServer)provider.GetRequiredService(server)));
    }

    /// <inheritdoc/>
    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull => inner.StartAsync(new Application<TContext>(application), cancellationToken);

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => inner.StopAsync(cancellationToken);

    /// <inheritdoc/>
    // The web server itself belongs to the services.
    public void Dispose()
    {
    }

    private sealed class Application<TContext>(IHttpApplication<TContext> inner) : IHttpApplication<TContext>
        where TContext : notnull
    {
        public TContext CreateContext(IFeatureCollection contextFeatures)
        {
            TicketInAddress.TakeOut(contextFeatures);
            return inner.CreateContext(contextFeatures);
        }

        public Task ProcessRequestAsync(TContext context) => inner.ProcessRequestAsync(context);

        public void DisposeContext(TContext context, Exception? exception) => inner.DisposeContext(context, exception);
    }
}
