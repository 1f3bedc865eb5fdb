using Webstream.Protocol;

namespace Webstream.Mcp.Gateways;

/// <summary>The ports on which this server has started gateways. Their number is bounded, however many ports a model names.</summary>
internal sealed class StartBudget
{
    /// <summary>The most ports.</summary>
    public const int Most = 3;

    private readonly Lock gate = new();
    private readonly SortedSet<int> ports = [];

    /// <summary>Takes a place for a start. One port takes only one place.</summary>
    /// <exception cref="WebstreamException">There is no place left.</exception>
    public void Take(int port)
    {
        lock (gate)
        {
            if (!ports.Contains(port) && ports.Count == Most)
            {
                throw new WebstreamException(
                    WebstreamError.Invalid,
                    $"This server has started {Most} gateways already, which is the most: on the ports {string.Join(", ", ports)}. Use one of them; different streams need no ports of their own.");
            }

            ports.Add(port);
        }
    }

    /// <summary>Returns the place of a start that failed.</summary>
    public void GiveBack(int port)
    {
        lock (gate)
        {
            ports.Remove(port);
        }
    }
}
