using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>
/// The newest messages that this server pushed for its assistant, by their ids: what a <c>source</c> says is only a claim. A server that many
/// callers share has none, because it cannot tell them apart.
/// </summary>
internal sealed class OwnMessages
{
    private const int Most = 10_000;

    private readonly Lock gate = new();
    private readonly HashSet<EventId> ids = [];
    private readonly Queue<EventId> oldestFirst = [];

    public void Remember(EventId id)
    {
        lock (gate)
        {
            if (ids.Add(id))
            {
                oldestFirst.Enqueue(id);
            }

            if (oldestFirst.Count > Most)
            {
                ids.Remove(oldestFirst.Dequeue());
            }
        }
    }

    public bool Hold(EventId id)
    {
        lock (gate)
        {
            return ids.Contains(id);
        }
    }
}
