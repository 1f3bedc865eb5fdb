using Webstream.Gateway.Calling;
using Webstream.Grains.History.Moving;
using Webstream.Grains.Hosting;
using Webstream.ServiceDefaults.Settings;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Gateway.Moving;

/// <summary>
/// How the command <c>history</c> reaches a history: by HTTP where a process has it, else by its file, which it locks meanwhile. Exactly one of
/// <see cref="Http"/> and <see cref="Store"/> is there.
/// </summary>
internal sealed class MovingAccess : IAsyncDisposable
{
    private readonly IDisposable[] owned;

    private MovingAccess(HttpClient? http, IHistoryMove? store, params IDisposable[] owned) => (Http, Store, this.owned) = (http, store, owned);

    /// <summary>The running gateway.</summary>
    public HttpClient? Http { get; }

    /// <summary>The file, open.</summary>
    public IHistoryMove? Store { get; }

    /// <summary>Finds the history.</summary>
    /// <param name="url">A gateway; none: the one of this machine.</param>
    /// <param name="file">A file that nobody has open; none: that of the gateway of this machine.</param>
    /// <param name="urls">The addresses that the gateway of this machine listens on, separated by semicolons.</param>
    /// <param name="mayBegin">Whether a file that is not there is begun.</param>
    /// <exception cref="StartRefusedException">There is no such history, or it cannot be reached.</exception>
    public static MovingAccess Find(string? url, string? file, Func<string> urls, bool mayBegin)
    {
        var configuration = ListenSettings.Read([]);
        var webstream = configuration.GetSection("Webstream");
        if (url is not null)
        {
            return new(GatewayCalls.At(url, webstream), null);
        }

        if (file is not null)
        {
            return ByFile(Path.GetFullPath(file), webstream, mayBegin) ?? throw new StartRefusedException(
                $"Another process has {file}. Leave --file out to ask the gateway that has it, or end that process.", Protocol.ExitCode.InUse);
        }

        var cluster = ClusterMembership.Read(webstream);
        var listened = urls();
        var place = string.IsNullOrEmpty(cluster.Redis) && string.IsNullOrEmpty(cluster.Silos) ? GatewayCalls.PlaceOf(configuration, listened) : HistoryPlace.InMemory;
        if (place.Path is { } path && ByFile(path, webstream, mayBegin) is { } opened)
        {
            return opened;
        }

        return new(GatewayCalls.OfThisMachine(listened, webstream, place), null);
    }

    public async ValueTask DisposeAsync()
    {
        Http?.Dispose();
        foreach (var one in owned)
        {
            if (one is IAsyncDisposable later)
            {
                await later.DisposeAsync();
            }
            else
            {
                one.Dispose();
            }
        }
    }

    // Null: another process has it.
    private static MovingAccess? ByFile(string path, IConfiguration webstream, bool mayBegin)
    {
        var held = new HistoryLock(path, TimeProvider.System);
        try
        {
            if (!held.TryTake())
            {
                held.Dispose();
                return null;
            }

            if (!mayBegin && !File.Exists(path))
            {
                throw new StartRefusedException($"There is no history at {path}, and no process has one there. Name the gateway with --url, or the file with --file.");
            }

            var file = OfflineHistory.Open(path, webstream);
            // In this order: the lock is let go of when the file is closed.
            return new(null, file.Move, file, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }
}
