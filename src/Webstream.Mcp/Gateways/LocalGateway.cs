using Webstream.Mcp.Http;
using Webstream.Protocol;

namespace Webstream.Mcp.Gateways;

/// <summary>The gateway on one port of this machine, whoever started it, and again after it has ended.</summary>
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
    /// <param name="apiKey">The key for writing; it is sent to a gateway that this user's assistants have started, and to no other.</param>
    /// <param name="services">What it needs besides.</param>
    public LocalGateway(int port, ListenHost host, string? apiKey, LocalGatewayServices services)
    {
        Port = port;
        this.host = host;
        (finder, launcher, budget) = (services.Finder, services.Launcher, services.Budget);
        presence = new(services.Http, port, services.Time, services.Stopping);
        // Whoever else took the port could have the key from us: all it has to do is to call itself webstream.
        Webstream = new HttpWebstream(services.Http, GatewayFinder.AddressOf(port), () => apiKey is not null && (started is { IsRunning: true } || services.State.IsOwn(port)) ? apiKey : null, ct => EnsureAsync(host: null, ct));
    }

    /// <summary>The port.</summary>
    public int Port { get; }

    /// <summary>What to ask.</summary>
    public IWebstream Webstream { get; }

    /// <summary>Where the gateway that this server started listens; none when it is another's.</summary>
    public ListenHost? StartedAt => started is { IsRunning: true } ? host : null;

    /// <summary>Finds it, or starts it.</summary>
    /// <param name="host">Where it shall listen if it is started; none: where it listened before.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="WebstreamException">There is none to be had.</exception>
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

    /// <summary>Whether it was started since this was asked last.</summary>
    public bool TellStarted() => Interlocked.Exchange(ref untold, 0) == 1;

    public void Dispose()
    {
        turn.Dispose();
        started?.Dispose();
    }

    private async Task StartAsync(ListenHost at, CancellationToken cancellationToken)
    {
        budget.Take(Port);
        // Not disposed: a call may just be looking at it.
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
            // Another assistant was faster; it is that one's start.
            budget.GiveBack(Port);
            return;
        }

        host = at;
        untold = 1;
    }
}

/// <summary>What the gateways of this machine share.</summary>
internal sealed record LocalGatewayServices(
    HttpClient Http, GatewayFinder Finder, GatewayLauncher Launcher, StateFolder State, StartBudget Budget, TimeProvider Time, CancellationToken Stopping);
