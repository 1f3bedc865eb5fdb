using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Webstream.Grains.Peers;

/// <summary>
/// Stands before Orleans at a port of a silo. A connection gets through once its other side has shown that it belongs to the cluster. Until then it has a
/// few seconds, and the silo waits for a known number of bytes at each step: at most <see cref="FirstBytes.MaxPreamble"/>, or what TLS itself bounds.
/// </summary>
/// <param name="services">The silo's services.</param>
/// <param name="port">The port.</param>
/// <param name="next">What comes after it.</param>
internal sealed class InboundPeers(IServiceProvider services, PortKind port, ConnectionDelegate next)
{
    /// <summary>How long a connection has.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // So that a peer reads why it is refused before the end of the connection takes the answer away.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    // For a handshake that begins at the last moment: a time for it must be above zero.
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    private readonly ClusterProtection protection = services.GetRequiredService<ClusterProtection>();
    private readonly PeerLog log = services.GetRequiredService<PeerLog>();
    private readonly TimeProvider time = services.GetRequiredService<TimeProvider>();
    private readonly ILogger<ClusterCertificates> certificateLog = services.GetRequiredService<ILogger<ClusterCertificates>>();
    private readonly UnprovenConnections unproven = new();

    /// <summary>Serves a connection.</summary>
    public async Task RunAsync(ConnectionContext connection)
    {
        using var place = unproven.Enter(connection);
        var began = time.GetTimestamp();
        PeerKind kind;
        try
        {
            using var patience = new CancellationTokenSource(Patience, time);
            kind = await BeginAsync(connection.Transport, patience.Token);
        }
        catch (Exception end) when (RefusalOf(end, place) is { } refusal)
        {
            log.Refused(port, connection.RemoteEndPoint, refusal);
            await SayFarewellAsync(refusal, connection.Transport.Input);
            return;
        }

        if (kind is PeerKind.Tls)
        {
            await RunTlsAsync(connection, place, Patience - time.GetElapsedTime(began));
            return;
        }

        place.Dispose();
        await next(connection);
    }

    // Everything that comes before Orleans, but for TLS.
    private async Task<PeerKind> BeginAsync(IDuplexPipe transport, CancellationToken cancellationToken)
    {
        var first = await Frames.PeekAsync(transport.Input, FirstBytes.Length, cancellationToken);
        var kind = FirstBytes.Recognize(first)
            ?? throw new PeerRefusedException(PeerFault.Unreadable, "it does not begin as a silo or gateway does");
        if (!protection.Takes(kind))
        {
            if (kind is PeerKind.Secret)
            {
                await SecretHandshake.DeclineAsync(transport, cancellationToken);
            }

            throw NotTaken(kind);
        }

        if (kind is PeerKind.Secret)
        {
            await SecretHandshake.CheckAsync(transport, protection.Secret!, port, cancellationToken);
        }
        else if (kind is PeerKind.Plain)
        {
            // Orleans would wait for it without an end.
            await Frames.PeekAsync(transport.Input, FirstBytes.Length + FirstBytes.PreambleLength(first), cancellationToken);
        }

        return kind;
    }

    private async Task RunTlsAsync(ConnectionContext connection, UnprovenConnections.Place place, TimeSpan left)
    {
        var attempt = TlsAttempt.OfSilo(protection.Certificates!.Current(time, certificateLog), left > Shortest ? left : Shortest);
        var tls = new ConnectionBuilder(services);
        tls.UseServerTls(attempt.Options);
        tls.Run(async inner =>
        {
            attempt.Succeeded = true;
            place.Dispose();
            // With TLS 1.3 the other side does not know otherwise whether its certificate was taken.
            await Frames.WriteAsync(inner.Transport.Output, TlsAttempt.Welcome, CancellationToken.None);
            await next(inner);
        });
        await tls.Build()(connection);
        if (!attempt.Succeeded)
        {
            log.Refused(port, connection.RemoteEndPoint, place.IsLost ? TooMany() : attempt.Refusal());
        }
    }

    private PeerRefusedException NotTaken(PeerKind kind) => kind switch
    {
        PeerKind.Plain => new(PeerFault.NoProof, $"it proves nothing, and this cluster requires {protection.Wanted}"),
        PeerKind.Secret => new(
            PeerFault.NotTaken,
            protection.Secret is null
                ? "it offers to prove a secret, and this silo has none (Webstream__Cluster__Secret)"
                : $"this cluster requires {protection.Wanted}"),
        _ => new(PeerFault.NotTaken, "it speaks TLS, and this silo has no certificate (Webstream__Cluster__Certificate)"),
    };

    private static PeerRefusedException? RefusalOf(Exception end, UnprovenConnections.Place place) => end switch
    {
        _ when place.IsLost => TooMany(),
        PeerRefusedException refusal => refusal,
        // It is a kind of the exception below.
        ConnectionAbortedException => new(PeerFault.Ended, "it ended"),
        OperationCanceledException => new(PeerFault.TooSlow, $"it had not shown within {Patience.TotalSeconds:0} s that it belongs to the cluster"),
        IOException => new(PeerFault.Ended, "it ended"),
        _ => null,
    };

    private static PeerRefusedException TooMany() =>
        new(PeerFault.TooMany, $"more than {UnprovenConnections.Max} connections had not shown that they belong to the cluster, and it was the oldest");

    private static async Task SayFarewellAsync(PeerRefusedException refusal, PipeReader input)
    {
        if (refusal.Fault is not (PeerFault.NotTaken or PeerFault.WrongPort or PeerFault.WrongSecret))
        {
            return;
        }

        using var farewell = new CancellationTokenSource(Farewell);
        try
        {
            ReadResult read;
            do
            {
                read = await input.ReadAsync(farewell.Token);
                input.AdvanceTo(read.Buffer.End);
            }
            while (!read.IsCompleted && !read.IsCanceled);
        }
        catch (Exception end) when (end is OperationCanceledException or IOException)
        {
            // It stays, or it has gone already.
        }
    }
}
