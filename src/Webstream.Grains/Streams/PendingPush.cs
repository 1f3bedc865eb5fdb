using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Webstream.Grains.History;
using Webstream.Grains.Memory;
using Webstream.Protocol;

namespace Webstream.Grains.Streams;

/// <summary>A push that waits for its turn.</summary>
internal sealed class PendingPush : QueueEntry
{
    // The command, the task that waits for the outcome, and the places in the queue.
    private const int Itself = 600;

    public PendingPush(PushCommand command, DateTimeOffset deadline)
        : base(deadline)
    {
        Command = command;
        Fingerprint = FingerprintOf(command.Items);
        Weight = Itself + MessageWeight.Of(command.Key);
        foreach (var item in command.Items)
        {
            Size += item.Size;
            Weight += MessageWeight.Of(item);
        }
    }

    public PushCommand Command { get; }

    public UInt128 Fingerprint { get; }

    /// <summary>What its messages weigh, in bytes.</summary>
    public int Size { get; }

    /// <summary>What it weighs in memory while it waits, in bytes.</summary>
    public int Weight { get; }

    /// <summary>Its numbers, once it has them.</summary>
    public KeyRecord? Record { get; set; }

    /// <summary>The epoch of its numbers.</summary>
    public ulong Epoch { get; set; }

    /// <summary>Tells contents apart. A pusher that forges a fingerprint harms only the push whose key it knows.</summary>
    public static UInt128 FingerprintOf(IReadOnlyList<PushItem> items)
    {
        var hash = new XxHash128();
        foreach (var item in items)
        {
            Add(item.Message);
            Add(item.Event);
            Add(item.InReplyTo?.ToString());
            foreach (var option in item.Options ?? [])
            {
                Add(option);
            }
        }

        return hash.GetCurrentHashAsUInt128();

        // The length before the text keeps ("ab", "c") and ("a", "bc") apart.
        void Add(string? text)
        {
            Span<byte> length = stackalloc byte[4];
            BitConverter.TryWriteBytes(length, text?.Length ?? -1);
            hash.Append(length);
            hash.Append(MemoryMarshal.AsBytes(text.AsSpan()));
        }
    }
}
