namespace Webstream.Gateway.Streams;

/// <summary>Whether this gateway has a silo to talk to. One that embeds a silo always has.</summary>
internal sealed class ClusterConnection
{
    private volatile bool isAway;

    /// <summary>A silo is there again after there was none: what was subscribed may be gone, and nobody says so.</summary>
    public event Action? Recovered;

    /// <summary>No silo is connected: what is sent now reaches nobody.</summary>
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
