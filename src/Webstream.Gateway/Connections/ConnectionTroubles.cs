using System.Net;

namespace Webstream.Gateway.Connections;

/// <summary>Logs that connections cannot be accepted: one line when that begins and one when it is over, however often it happens meanwhile.</summary>
internal sealed partial class ConnectionTroubles : IDisposable
{
    private readonly ILogger<ConnectionTroubles> logger;
    private readonly Condition full;
    private readonly Condition address;
    private readonly Condition failing;
    private ConnectionPlaces? places;
    private long refusedAddresses;
    private long failures;

    public ConnectionTroubles(TimeProvider time, ILogger<ConnectionTroubles> logger)
    {
        this.logger = logger;
        full = new(time, () => places!.HasRoom, () => LogRoom(logger));
        address = new(time, () => true, () => LogAddressUnder(logger));
        failing = new(time, () => true, () => LogAccepting(logger));
    }

    /// <summary>How many connections were closed because their address had its part.</summary>
    public long RefusedAddresses => Interlocked.Read(ref refusedAddresses);

    /// <summary>How often accepting failed.</summary>
    public long Failures => Interlocked.Read(ref failures);

    /// <summary>There is no usual place left.</summary>
    public void Full(ConnectionPlaces places)
    {
        this.places = places;
        if (full.Show())
        {
            LogFull(logger, places.Open, places.Limits.Reserve);
        }
    }

    /// <summary>An address has its part of the connections, and one more came from there.</summary>
    public void AddressOver(EndPoint? peer)
    {
        Interlocked.Increment(ref refusedAddresses);
        if (address.Show())
        {
            LogAddressOver(logger, (peer as IPEndPoint)?.Address);
        }
    }

    /// <summary>A connection could not be accepted.</summary>
    public void Failed(Exception reason)
    {
        Interlocked.Increment(ref failures);
        if (failing.Show())
        {
            LogFailing(logger, reason.Message);
        }
    }

    public void Dispose()
    {
        full.Dispose();
        address.Dispose();
        failing.Dispose();
    }

    [LoggerMessage(1, LogLevel.Warning, "{Open} connections are open, and there is no room for more (Webstream__Connections__Max, Webstream__Memory__Connections, or the limit of open files): idle ones are closed, who comes to listen is asked to come again later, and {Reserve} more serve short requests")]
    private static partial void LogFull(ILogger logger, int open, int reserve);

    [LoggerMessage(2, LogLevel.Warning, "There is room for connections again")]
    private static partial void LogRoom(ILogger logger);

    [LoggerMessage(3, LogLevel.Warning, "{Address} has half of all connections, or as many as one address may have (Webstream__Limits__Connections): more from there are closed")]
    private static partial void LogAddressOver(ILogger logger, IPAddress? address);

    [LoggerMessage(4, LogLevel.Warning, "No more connections are closed because their address has too many")]
    private static partial void LogAddressUnder(ILogger logger);

    [LoggerMessage(5, LogLevel.Warning, "Connections cannot be accepted: {Reason}")]
    private static partial void LogFailing(ILogger logger, string reason);

    [LoggerMessage(6, LogLevel.Warning, "Connections are accepted again")]
    private static partial void LogAccepting(ILogger logger);
}
