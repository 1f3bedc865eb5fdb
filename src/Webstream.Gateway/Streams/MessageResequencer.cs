using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Streams;

/// <summary>
/// Puts messages that arrive by several ways into the stream's order, each message once. A message whose sequence is too low is dropped; a
/// message whose sequence is too high waits for those before it. Decides only; used under its stream's gate.
/// </summary>
internal sealed class MessageResequencer
{
    /// <summary>The most messages that wait behind a gap; messages beyond that are dropped, and fetched later.</summary>
    public const int MaxEarly = 4096;

    /// <summary>The most bytes that wait behind a gap.</summary>
    public const int MaxEarlyBytes = 1024 * 1024;

    private readonly SortedDictionary<long, StreamMessage> early = [];
    private long target;
    private long earlyBytes;

    /// <summary>The last message that was delivered.</summary>
    public EventId Position { get; private set; }

    /// <summary>The life of the present epoch: <see cref="StreamStatus.Life"/>.</summary>
    public long Life { get; private set; }

    /// <summary>Some messages up to the known head have not come.</summary>
    public bool HasGap => target > Position.Sequence;

    /// <summary>Begins at a position, before any message was delivered.</summary>
    public void Begin(EventId position) => (Position, target) = (position, position.Sequence);

    /// <summary>Learns where the head of the present epoch is.</summary>
    public void Expect(long head) => target = Math.Max(target, head);

    /// <summary>Takes messages of the present epoch. Those that are next in order go to <paramref name="deliver"/>.</summary>
    /// <returns>How many were delivered.</returns>
    public int Take(ReadOnlySpan<StreamMessage> messages, Action<StreamMessage> deliver)
    {
        var before = Position.Sequence;
        foreach (var message in messages)
        {
            if (message.Id.Epoch != Position.Epoch || message.Id.Sequence <= Position.Sequence)
            {
                continue;
            }

            Expect(message.Id.Sequence);
            if (message.Id.Sequence == Position.Sequence + 1)
            {
                Deliver(message, deliver);
                DeliverEarly(deliver);
            }
            else if (early.Count < MaxEarly && earlyBytes < MaxEarlyBytes && early.TryAdd(message.Id.Sequence, message))
            {
                earlyBytes += message.Size;
            }
        }

        return (int)(Position.Sequence - before);
    }

    /// <summary>Gives up messages that cannot be had any more, and goes on after them.</summary>
    /// <returns>How many messages that had waited behind them were delivered.</returns>
    public int Skip(long upTo, Action<StreamMessage> deliver)
    {
        Position = Position with { Sequence = upTo };
        Expect(upTo);
        while (early.Count > 0 && early.First() is var (sequence, message) && sequence <= upTo)
        {
            early.Remove(sequence);
            earlyBytes -= message.Size;
        }

        DeliverEarly(deliver);
        return (int)(Position.Sequence - upTo);
    }

    /// <summary>
    /// Whether an owner's answer that names another epoch is to be believed: it is when that epoch is a later life of the stream. An owner of
    /// an older version does not tell the life. Its answer is not believed when the stream has learned another epoch since the call began: the
    /// answer may be older.
    /// </summary>
    public bool IsNewer(OwnerAnswer answer) =>
        answer.Status.Epoch != Position.Epoch
        && (answer.Status.Life > Life || ((answer.Status.Life == Life || answer.Status.Life == 0) && Position.Epoch == answer.AskedInEpoch));

    /// <summary>Learns the life of the present epoch.</summary>
    public void Learn(StreamStatus status) => Life = status.Epoch == Position.Epoch ? Math.Max(Life, status.Life) : Life;

    /// <summary>Leaves the present epoch for another one.</summary>
    public void Enter(EventId position, long life)
    {
        Life = life;
        early.Clear();
        earlyBytes = 0;
        Begin(position);
    }

    private void DeliverEarly(Action<StreamMessage> deliver)
    {
        while (early.Remove(Position.Sequence + 1, out var next))
        {
            earlyBytes -= next.Size;
            Deliver(next, deliver);
        }
    }

    private void Deliver(StreamMessage message, Action<StreamMessage> deliver)
    {
        Position = message.Id;
        deliver(message);
    }
}
