using System.Buffers;
using System.IO.Pipelines;
using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Memory;
using Webstream.Grains.Memory;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.FanOut;

/// <summary>A frame buffer, the shards that serve it, and listeners over pipes in memory.</summary>
internal sealed class FanOutRig
{
    public const ulong Epoch = 0xe;

    private long appended;

    public FanOutRig(Framing framing = Framing.Server, MemoryOptions? memory = null)
    {
        Memory = TestMessages.Memory(memory);
        Shards = new(Options, Memory.Reads, Time, new(TestMessages.Meters()));
        Buffer = new(FrameFormat.Text, framing, Shards, Memory.Frames, new(Epoch, 0));
        Group = Buffer.SmallestGroup;
    }

    public FakeTimeProvider Time { get; } = new();

    public ListenerOptions Options { get; } = new();

    public GatewayMemory Memory { get; }

    public FanOutShards Shards { get; }

    public FrameBuffer Buffer { get; }

    /// <summary>The group of all the rig's listeners, so that one shard serves them.</summary>
    public FanOutGroup Group { get; }

    public void Append(int count, int padding = 0)
    {
        for (var i = 0; i < count; i++)
        {
            Buffer.Append(TestMessages.Numbered(Epoch, ++appended, padding));
        }
    }

    public void AppendEnd() => Buffer.Append(StreamMessage.EndOf(StreamName.Main, new(Epoch, ++appended), DateTimeOffset.UnixEpoch));

    /// <summary>A listener at the end of the frame buffer. Its pipe takes 4 KiB before it stalls.</summary>
    public PipeListener Follow() => new(this);

    /// <summary>A listener at the end of the frame buffer that writes to the caller's pipe.</summary>
    public PipedListener Follow(PipeWriter output, Action abort)
    {
        Group.Reserve();
        return new(output, abort, Group, Buffer.EndCursor);
    }

    /// <summary>Completes when the shard has done all work that was enqueued before.</summary>
    public Task TurnAsync()
    {
        var barrier = new Barrier();
        Group.Shard.Enqueue(barrier);
        return barrier.Passed;
    }

    /// <summary>Signals, and waits until the shard has acted on it.</summary>
    public Task SignalAsync()
    {
        Buffer.Signal();
        return TurnAsync();
    }

    private sealed class Barrier : IShardWork
    {
        private readonly TaskCompletionSource passed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Passed => passed.Task;

        public void Run() => passed.SetResult();
    }
}

/// <summary>A listener whose client is a pipe reader that reads when it is told to.</summary>
internal sealed class PipeListener
{
    private readonly Pipe pipe = new(new PipeOptions(
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: 4096, resumeWriterThreshold: 2048, useSynchronizationContext: false));

    public PipeListener(FanOutRig rig)
    {
        Writer = new(pipe.Writer);
        Listener = rig.Follow(Writer, Abort);
        Ended = Listener.FollowAsync().WaitAsync(TimeSpan.FromSeconds(30));
    }

    public FlushCounter Writer { get; }

    public PipedListener Listener { get; }

    public Task<ListenerEnd> Ended { get; }

    public bool IsAborted { get; private set; }

    /// <summary>Reads the bytes that are there, perhaps none.</summary>
    public string Read()
    {
        if (!pipe.Reader.TryRead(out var result))
        {
            return "";
        }

        var text = System.Text.Encoding.UTF8.GetString(result.Buffer.ToArray());
        pipe.Reader.AdvanceTo(result.Buffer.End);
        return text;
    }

    /// <summary>Closes the client's end.</summary>
    public void Leave() => pipe.Reader.Complete();

    // Ends a stuck write, as a connection does.
    private void Abort()
    {
        IsAborted = true;
        pipe.Reader.Complete();
    }
}

/// <summary>A pipe writer that counts what reaches it.</summary>
internal sealed class FlushCounter(PipeWriter inner) : PipeWriter
{
    public int Flushes { get; private set; }

    /// <summary>The exception that the next write throws.</summary>
    public Exception? Failure { get; set; }

    public override void Advance(int bytes) => inner.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => Failure is null ? inner.GetMemory(sizeHint) : throw Failure;

    public override Span<byte> GetSpan(int sizeHint = 0) => Failure is null ? inner.GetSpan(sizeHint) : throw Failure;

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        Flushes++;
        return inner.FlushAsync(cancellationToken);
    }

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);
}
