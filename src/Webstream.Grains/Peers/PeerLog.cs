using System.Net;
using Microsoft.Extensions.Logging;

namespace Webstream.Grains.Peers;

/// <summary>
/// Says in the log which connections between processes were refused, and why. Whoever only knocks often does not fill the log: of each fault there is a
/// line every ten seconds, which counts the others.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed partial class PeerLog(TimeProvider time, ILogger<PeerLog> logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private readonly Dictionary<(bool Inbound, PeerFault Fault), (long Said, int Unsaid)> lines = [];

    /// <summary>A connection at a port of this silo was refused.</summary>
    public void Refused(PortKind port, EndPoint? from, PeerRefusedException refusal) => Say(inbound: true, port, from, refusal);

    /// <summary>A connection of this process to a silo was refused by one of the two.</summary>
    public void Failed(PortKind port, EndPoint? to, PeerRefusedException refusal) => Say(inbound: false, port, to, refusal);

    private void Say(bool inbound, PortKind port, EndPoint? other, PeerRefusedException refusal)
    {
        if (inbound && refusal.Fault is PeerFault.Ended)
        {
            // Checks of orchestrators connect and say nothing.
            LogEnded(logger, other, NameOf(port));
            return;
        }

        if (Count(inbound, refusal.Fault) is not { } unsaid)
        {
            return;
        }

        var more = unsaid == 0 ? "" : $" ({unsaid} more of this kind since the last such line)";
        if (inbound)
        {
            LogRefused(logger, other, NameOf(port), refusal.Message, more);
        }
        else
        {
            LogFailed(logger, other, NameOf(port), refusal.Message, more);
        }
    }

    // None: there was such a line just now.
    private int? Count(bool inbound, PeerFault fault)
    {
        lock (gate)
        {
            if (lines.TryGetValue((inbound, fault), out var line) && time.GetElapsedTime(line.Said) < Pause)
            {
                lines[(inbound, fault)] = line with { Unsaid = line.Unsaid + 1 };
                return null;
            }

            lines[(inbound, fault)] = (time.GetTimestamp(), 0);
            return line.Unsaid;
        }
    }

    private static string NameOf(PortKind port) => port is PortKind.Silo ? "the port for silos" : "the port for gateways";

    [LoggerMessage(1, LogLevel.Warning, "Refused a connection from {Remote} at {Port}: {Why}{More}")]
    private static partial void LogRefused(ILogger logger, EndPoint? remote, string port, string why, string more);

    [LoggerMessage(2, LogLevel.Warning, "Cannot use the silo at {Remote} ({Port}): {Why}{More}")]
    private static partial void LogFailed(ILogger logger, EndPoint? remote, string port, string why, string more);

    [LoggerMessage(3, LogLevel.Debug, "A connection from {Remote} at {Port} ended before it had said anything")]
    private static partial void LogEnded(ILogger logger, EndPoint? remote, string port);
}
