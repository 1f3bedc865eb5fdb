using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Webstream.Mcp.Hosting;
using Webstream.Mcp.Http;
using Webstream.Protocol;
using Webstream.Tools;

namespace Webstream.Mcp.Gateways;

/// <summary>The gateways of this machine: found, or started when there is none.</summary>
internal sealed partial class LocalGateways : IGatewaySource, IDisposable
{
    private const int LowestPort = 1024;
    private const int HighestPort = 65535;
    private const int MaxToLookAt = 16;

    private readonly ServerSettings settings;
    private readonly HostCeiling ceiling;
    private readonly ListenHost usualHost;
    private readonly GatewayFiles files;
    private readonly HttpClient http = HttpClients.ForThisMachine();
    private readonly LocalGatewayServices services;
    private readonly ConcurrentDictionary<int, LocalGateway> gateways = new();
    private readonly ILogger logger;

    public LocalGateways(ServerSettings settings, TimeProvider time, ILogger<LocalGateways> logger, CancellationToken stopping)
    {
        this.settings = settings;
        this.logger = logger;
        Stopping = stopping;
        usualHost = ListenHost.TryParse(settings.Host, out var host) ? host : throw new FormatException(settings.Host);
        ceiling = new(usualHost);
        files = new(settings.StateFolder);
        if (files.Problem is { } problem)
        {
            LogNoFolder(logger, problem);
        }

        var finder = new GatewayFinder(http);
        services = new(http, finder, new(finder, new(files, settings), files, time), files, new(), time, stopping);
    }

    public GatewayDefaults Defaults => new(settings.Host, settings.Port);

    public CancellationToken Stopping { get; }

    /// <summary>
    /// Finds or starts the gateway of the default port in the background, so that people can open its page before the first push.
    /// </summary>
    public async Task PrepareAsync()
    {
        try
        {
            await At(settings.Port).EnsureAsync(usualHost, Stopping);
            LogReady(logger, OpenAddresses(At(settings.Port))[0]);
        }
        catch (WebstreamException failure)
        {
            // The first call tries again, and tells the model.
            LogNotReady(logger, failure.Message);
        }
        catch (OperationCanceledException) when (Stopping.IsCancellationRequested)
        {
        }
    }

    public async Task<GatewayTarget> ResolveAsync(string? host, int? port, CancellationToken cancellationToken)
    {
        var (at, note) = ceiling.Choose(host);
        var gateway = At(Allowed(port ?? settings.Port));
        await gateway.EnsureAsync(at, cancellationToken);
        var started = gateway.TellStarted();
        string[] notes = note is not null ? [note] : Ignored(gateway, host, at) is { } ignored ? [ignored] : [];
        return new(gateway.Webstream, OpenAddresses(gateway), started, notes);
    }

    public async Task<OtherGateway?> FindListenedAsync(GatewayTarget current, StreamName stream, CancellationToken cancellationToken)
    {
        var currentPort = gateways.Values.FirstOrDefault(gateway => ReferenceEquals(gateway.Webstream, current.Webstream))?.Port;
        var ports = gateways.Keys.Append(settings.Port).Append(GatewayDefaults.OriginalPort).Concat(files.Ports).Distinct()
            .Where(port => port != currentPort)
            .Take(MaxToLookAt);
        var others = await Task.WhenAll(ports.Select(port => ListenersAsync(port, stream, cancellationToken)));
        return others.Where(other => other.Clients > 0).MaxBy(other => other.Clients);
    }

    public void Dispose()
    {
        http.Dispose();
        foreach (var gateway in gateways.Values)
        {
            gateway.Dispose();
        }
    }

    private LocalGateway At(int port) => gateways.GetOrAdd(port, number => new(number, usualHost, settings.ApiKey, services));

    private int Allowed(int port) => port is >= LowestPort and <= HighestPort || port == settings.Port
        ? port
        : throw new WebstreamException(
            WebstreamError.Invalid,
            $"port is {settings.Port}, or another one from {LowestPort} to {HighestPort}. Leave it out to use {settings.Port}.");

    private string? Ignored(LocalGateway gateway, string? host, ListenHost at) =>
        !string.IsNullOrWhiteSpace(host) && at != usualHost && gateway.StartedAt != at
            && !(at.Reach == Reach.ThisMachine && gateway.StartedAt?.Reach == Reach.ThisMachine)
            ? $"host {at.Text} changed nothing: the gateway on port {gateway.Port} was already running, and host counts only when one is started."
            : null;

    // The addresses that a browser on this machine can open, and one for other machines if the gateway is known to listen there.
    private Uri[] OpenAddresses(LocalGateway gateway)
    {
        if (settings.PublicUrl is { } address && gateway.Port == settings.Port)
        {
            return [address];
        }

        var here = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{gateway.Port}/"));
        return gateway.StartedAt is { Reach: Reach.OneAddress } one ? [here, new Uri(one.Urls(gateway.Port).Split(';')[0])] : [here];
    }

    private async Task<OtherGateway> ListenersAsync(int port, StreamName stream, CancellationToken cancellationToken)
    {
        try
        {
            if (await services.Finder.LookAsync(port, cancellationToken) is PortState.Gateway)
            {
                var gateway = new HttpWebstream(http, GatewayFinder.AddressOf(port), () => null, _ => Task.CompletedTask);
                return new(port, (await gateway.DescribeAsync(stream, cancellationToken)).Clients);
            }
        }
        catch (WebstreamException)
        {
            // That gateway has just ended, or refuses the request: then it cannot be recommended.
        }

        return new(port, 0);
    }

    [LoggerMessage(1, LogLevel.Information, "The gateway is up: {Address}")]
    private static partial void LogReady(ILogger logger, Uri address);

    [LoggerMessage(2, LogLevel.Warning, "{Reason}")]
    private static partial void LogNotReady(ILogger logger, string reason);

    [LoggerMessage(3, LogLevel.Warning, "{Problem}")]
    private static partial void LogNoFolder(ILogger logger, string problem);
}
