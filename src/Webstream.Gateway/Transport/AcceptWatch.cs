using System.Net;
using Webstream.Gateway.Ending;

namespace Webstream.Gateway.Transport;

/// <summary>
/// Makes sure that no endpoint stops accepting while the process lives on. When the loop that accepts its connections has ended although
/// nobody closed the endpoint, the process ends.
/// </summary>
internal sealed class AcceptWatch : IDisposable
{
    /// <summary>How long the web server may take to ask for the next connection. That is no work, but a process can be stopped for a while.</summary>
    public static readonly TimeSpan MaxAway = TimeSpan.FromSeconds(10);

    private readonly EndPoint endpoint;
    private readonly ProcessEnd end;
    private readonly ITimer timer;
    private volatile bool isClosed;
    private int looks;

    public AcceptWatch(EndPoint endpoint, ProcessEnd end, TimeProvider time)
    {
        (this.endpoint, this.end) = (endpoint, end);
        timer = time.CreateTimer(static state => ((AcceptWatch)state!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The endpoint was closed.</summary>
    public bool IsClosed => isClosed;

    /// <summary>The web server has asked for a connection.</summary>
    public void Came() => timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>The web server has got a connection. Its own part of the loop can fail as well, and it reports that only to its log.</summary>
    public void Left()
    {
        looks = 0;
        timer.Change(MaxAway / 2, MaxAway / 2);
    }

    /// <summary>Nothing can be accepted any more.</summary>
    public void Ended(Exception? reason)
    {
        if (!isClosed)
        {
            end.Fail($"Connections to {endpoint} cannot be accepted any more{(reason is null ? "" : ": ")}{reason?.Message.TrimEnd('.')}.");
        }
    }

    /// <summary>The endpoint is being closed.</summary>
    public void Dispose()
    {
        isClosed = true;
        timer.Dispose();
    }

    // The second look counts: after a process was stopped for a while, the first look comes too early.
    private void Look()
    {
        if (!isClosed && ++looks == 2)
        {
            end.Fail($"The web server has ceased to accept connections to {endpoint}.");
        }
    }
}
