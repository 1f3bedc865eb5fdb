using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Webstream.Grains.History;
using Webstream.Grains.Memory;
using Webstream.Protocol;

namespace Webstream.Grains.Streams;

/// <summary>A push that waits for its turn.</summary>
internal sealed class PendingPush
{
    // The command, the task that waits for the outcome, and the places in the queue.
    private const int Itself = 600;

    // The answers go out on their own turns: the commit loop must not run the continuations.
    private TaskCompletionSource<PushOutcome> outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public PendingPush(PushCommand command, DateTimeOffset deadline)
    {
        Command = command;
        Deadline = deadline;
        Fingerprint = FingerprintOf(command.Items);
        Weight = Itself + MessageWeight.Of(command.Key);
        foreach (var item in command.Items)
        {
            Size += item.Size;
            Weight += MessageWeight.Of(item);
        }
    }

    public PushCommand Command { get; }

    /// <summary>When its pusher stops waiting.</summary>
    public DateTimeOffset Deadline { get; private set; }

    public UInt128 Fingerprint { get; }

    /// <summary>What its messages weigh, in bytes.</summary>
    public int Size { get; }

    /// <summary>What it weighs in memory while it waits, in bytes.</summary>
    public int Weight { get; }

    /// <summary>Its numbers, once it has them.</summary>
    public KeyRecord? Record { get; set; }

    /// <summary>Why the history refuses it, if its outcome is <see cref="PushOutcome.Unavailable"/> and there is a reason to give.</summary>
    public string? Refusal { get; set; }

    public Task<PushOutcome> Outcome => outcome.Task;

    /// <summary>
    /// The same push came once more. It waits until the later of the two deadlines. If the first has its outcome already, the new one gets an
    /// outcome of its own.
    /// </summary>
    public void Join(DateTimeOffset deadline)
    {
        Deadline = deadline > Deadline ? deadline : Deadline;
        if (outcome.Task.IsCompleted)
        {
            outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void Settle(PushOutcome result) => outcome.TrySetResult(result);

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
