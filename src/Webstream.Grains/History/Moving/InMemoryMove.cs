using Webstream.Protocol;

namespace Webstream.Grains.History.Moving;

/// <summary>Moves a history in memory.</summary>
internal sealed class InMemoryMove(InMemoryStreamHistory history) : IStreamMove
{
    public Task<IReadOnlyList<KeyRecord>> KeysAsync(long first, long last, CancellationToken cancellationToken) => Task.FromResult(history.KeysBetween(first, last));

    public Task<AppendResult> BeginAsync(EventId before, DateTimeOffset at, CancellationToken cancellationToken) => Task.FromResult(history.Begin(before, at));

    public Task<bool> FinishAsync(EventId head, CancellationToken cancellationToken) => Task.FromResult(history.Finish(head));
}
