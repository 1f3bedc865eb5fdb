namespace Webstream.Gateway.Streams;

/// <summary>Whether this gateway has a silo to talk to. A gateway that embeds a silo always has one.</summary>
internal sealed class ClusterConnection
{
    private volatile bool isAway;

    /// <summary>A silo is connected again after there was none. Subscriptions may be gone, and the cluster does not say so.</summary>
    public event Action? Recovered;

    /// <summary>No silo is connected: a call made now reaches nobody.</summary>
    public bool IsAway => isAway;

    /// <summary>The number of connected silos has changed.</summary>
    public void Changed(int connected, bool recovered)
    {
        isAway = connected == 0;
        if (recovered)
        {
            Recovered?.Invoke();
        }
    }
}
