using Webstream.Protocol;

namespace Webstream.Grains.History.Moving;

/// <summary>Moves a history in memory.</summary>
internal sealed class InMemoryMove(InMemoryStreamHistory history) : IStreamMove
{
    public Task<IReadOnlyList<KeyRecord>> KeysAsync(long first, long last, CancellationToken cancellationToken) => Task.FromResult(history.KeysBetween(first, last));

    public Task<MoveResult> BeginAsync(EventId before, DateTimeOffset at, long life, CancellationToken cancellationToken) =>
        Task.FromResult(history.Begin(before, at, life));

    public Task<bool> CompleteAsync(EventId head, bool closed, CancellationToken cancellationToken) => Task.FromResult(history.Complete(head, closed));

    public Task<bool> FinishAsync(EventId head, CancellationToken cancellationToken) => Task.FromResult(history.Finish(head));
}
