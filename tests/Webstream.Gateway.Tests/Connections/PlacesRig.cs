using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.Addresses;
using Webstream.Gateway.Connections;
using Webstream.Grains.History;
using Webstream.Grains.Memory;

namespace Webstream.Gateway.Tests.Connections;

/// <summary>Places for connections, with a clock and a log of the test's own.</summary>
internal sealed class PlacesRig : IDisposable
{
    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public PlacesRig(int usual = 8, int reserve = 2, long memory = 100 * ConnectionPlace.ServedWeight, TimeProvider? time = null, int mostOfOne = 0, string proxies = "")
    {
        Limits = new(usual, reserve);
        Budget = new(Options.Create(new MemoryOptions { Connections = memory }), Options.Create(new HistoryOptions()), services.GetRequiredService<IMeterFactory>());
        Troubles = new(Time, new LoggerFactory([new FakeLoggerProvider(Log)]).CreateLogger<ConnectionTroubles>());
        Places = new(_ => Limits, Budget, Troubles, time ?? Time, mostOfOne, TrustedProxies.Read(proxies));
        Places.Measure();
    }

    public FakeTimeProvider Time { get; } = new();

    public FakeLogCollector Log { get; } = new();

    public MemoryBudget Budget { get; }

    public MemoryShare Share => Budget.Connections;

    /// <summary>The limits that a measurement finds.</summary>
    public ConnectionLimits Limits { get; set; }

    public ConnectionTroubles Troubles { get; }

    public ConnectionPlaces Places { get; }

    /// <summary>The lines of the log so far.</summary>
    public string[] Lines => [.. Log.GetSnapshot().Select(line => line.Message)];

    /// <summary>Asks for a place for an address, and waits until it is given or the wait is ended.</summary>
    public Task<ConnectionPlace?> EnterAsync(string address = "127.0.0.1", CancellationTokenSource? end = null) =>
        Places.EnterAsync(new IPEndPoint(IPAddress.Parse(address), 5), end?.Token ?? CancellationToken.None).AsTask();

    /// <summary>Takes a place for a connection of the web server. The place must be there at once.</summary>
    public async Task<(ConnectionPlace Place, ServedDouble Connection)> ServeAsync(string address = "127.0.0.1")
    {
        var entering = EnterAsync(address);
        entering.IsCompleted.ShouldBeTrue();
        var place = (await entering).ShouldNotBeNull();
        var connection = new ServedDouble(place);
        place.ServedBy(connection);
        return (place, connection);
    }

    /// <summary>Lets time pass until something has happened.</summary>
    public Task PassUntilAsync(Func<bool> condition) => Until.TrueAsync(condition, () => Time.Advance(TimeSpan.FromMilliseconds(50)));

    /// <summary>Takes all usual places.</summary>
    public async Task<List<(ConnectionPlace Place, ServedDouble Connection)>> FillAsync()
    {
        var all = new List<(ConnectionPlace, ServedDouble)>();
        while (Places.Open < Limits.Usual)
        {
            all.Add(await ServeAsync());
        }

        return all;
    }

    public void Dispose()
    {
        Troubles.Dispose();
        services.Dispose();
    }
}

/// <summary>A connection that gives its place back when it is cut.</summary>
internal sealed class ServedDouble(ConnectionPlace place) : IServedConnection
{
    private int cuts;

    public bool IsCut => Volatile.Read(ref cuts) > 0;

    public void Cut()
    {
        Interlocked.Increment(ref cuts);
        place.Dispose();
    }
}
