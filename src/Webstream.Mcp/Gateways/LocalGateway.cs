using Webstream.Mcp.Http;
using Webstream.Protocol;

namespace Webstream.Mcp.Gateways;

/// <summary>The gateway on one port of this machine, whoever started it. It is started again after it has ended.</summary>
internal sealed class LocalGateway : IDisposable
{
    private readonly GatewayFinder finder;
    private readonly GatewayLauncher launcher;
    private readonly StartBudget budget;
    private readonly AssistantPresence presence;
    private readonly SemaphoreSlim turn = new(1, 1);
    private ListenHost host;
    private StartedGateway? started;
    private int untold;

    /// <param name="port">The port.</param>
    /// <param name="host">Where it listens if it must be started before a call says where.</param>
    /// <param name="apiKey">The key for writing. It is sent only to a gateway that this user's assistants have started.</param>
    /// <param name="services">The services that all gateways of this machine share.</param>
    public LocalGateway(int port, ListenHost host, string? apiKey, LocalGatewayServices services)
    {
        Port = port;
        this.host = host;
        (finder, launcher, budget) = (services.Finder, services.Launcher, services.Budget);
        presence = new(services.Http, port, services.Time, services.Stopping);
        // The key goes only to a gateway of this user: any program could take the port, call itself webstream, and get the key.
        Webstream = new HttpWebstream(services.Http, GatewayFinder.AddressOf(port), () => apiKey is not null && (started is { IsRunning: true } || services.Files.IsOwn(port)) ? apiKey : null, ct => EnsureAsync(host: null, ct));
    }

    /// <summary>The port.</summary>
    public int Port { get; }

    /// <summary>The operations of the gateway.</summary>
    public IWebstream Webstream { get; }

    /// <summary>Where the gateway that this server started listens; null when this server did not start it.</summary>
    public ListenHost? StartedAt => started is { IsRunning: true } ? host : null;

    /// <summary>Finds the gateway, or starts it.</summary>
    /// <param name="host">Where it listens if it is started; null: where it listened before.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="WebstreamException">No gateway is available.</exception>
    public async Task EnsureAsync(ListenHost? host, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            switch (await finder.LookAsync(Port, cancellationToken))
            {
                case PortState.Taken taken:
                    throw GatewayLauncher.Taken(Port, taken);
                case PortState.Free:
                    await StartAsync(host ?? this.host, cancellationToken);
                    break;
            }

            presence.Begin();
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Whether the gateway was started since the last call of this method.</summary>
    public bool TellStarted() => Interlocked.Exchange(ref untold, 0) == 1;

    public void Dispose()
    {
        turn.Dispose();
        started?.Dispose();
    }

    private async Task StartAsync(ListenHost at, CancellationToken cancellationToken)
    {
        budget.Take(Port);
        // Not disposed: a call may be reading it at this moment.
        started = null;
        try
        {
            started = await launcher.LaunchAsync(Port, at, cancellationToken);
        }
        catch (WebstreamException)
        {
            budget.GiveBack(Port);
            throw;
        }

        if (started is null)
        {
            // Another assistant was faster: the start counts for that assistant.
            budget.GiveBack(Port);
            return;
        }

        host = at;
        untold = 1;
    }
}

/// <summary>The services that the gateways of this machine share.</summary>
internal sealed record LocalGatewayServices(
    HttpClient Http, GatewayFinder Finder, GatewayLauncher Launcher, GatewayFiles Files, StartBudget Budget, TimeProvider Time, CancellationToken Stopping);
