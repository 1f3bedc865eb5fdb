using Webstream.Protocol;

namespace Webstream.Mcp.Gateways;

/// <summary>The ports on which this server has started gateways: few, however many a model names.</summary>
internal sealed class StartBudget
{
    /// <summary>The most.</summary>
    public const int Most = 3;

    private readonly Lock gate = new();
    private readonly SortedSet<int> ports = [];

    /// <summary>Takes a place for a start; the same port takes but one.</summary>
    /// <exception cref="WebstreamException">There is none left.</exception>
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

    /// <summary>Gives the place of a start that failed back.</summary>
    public void GiveBack(int port)
    {
        lock (gate)
        {
            ports.Remove(port);
        }
    }
}
