using Webstream.Protocol;

namespace Webstream.Grains.History.Disk;

/// <summary>Something that waits for the writer.</summary>
internal abstract class DiskJob
{
    public abstract void Fail(Exception failure);
}

/// <summary>A batch that waits for the writer.</summary>
internal sealed class DiskAppend(StreamName stream, HistoryBatch batch) : DiskJob
{
    private readonly TaskCompletionSource<AppendResult> outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public StreamName Stream => stream;

    public HistoryBatch Batch => batch;

    public Task<AppendResult> Outcome => outcome.Task;

    public void Settle(AppendResult result) => outcome.TrySetResult(result);

    public override void Fail(Exception failure) => outcome.TrySetException(failure);
}

/// <summary>Any other work that waits for the writer.</summary>
internal abstract class DiskCall : DiskJob
{
    public abstract void Run();
}

/// <inheritdoc/>
internal sealed class DiskCall<T>(Func<T> work) : DiskCall
{
    private readonly TaskCompletionSource<T> outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Outcome => outcome.Task;

    public override void Run() => outcome.TrySetResult(work());

    public override void Fail(Exception failure) => outcome.TrySetException(failure);
}
