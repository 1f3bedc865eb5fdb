using Webstream.Grains.Rules;
using Webstream.Protocol;

namespace Webstream.Grains.History.Moving;

/// <summary>Moves one stream, and tells its owner that the history is not as it left it.</summary>
internal sealed class HistoryMoveGrain(IStreamHistories histories, RuleStore rules) : Grain, IHistoryMoveGrain
{
    private readonly HistoryMove move = new(histories, rules);

    private StreamName Stream => StreamName.Parse(this.GetPrimaryKeyString());

    public async Task<string[]> Names(string? after) => [.. (await move.NamesAsync(after, CancellationToken.None)).Select(name => name.Value)];

    public Task<MovedPage> Read(long after) => move.ReadAsync(Stream, after, CancellationToken.None);

    public Task<MoveResult> Begin(ulong epoch, long sequence, DateTimeOffset at, long life) =>
        move.BeginAsync(Stream, new(epoch, sequence), at, life, CancellationToken.None);

    public Task<MoveResult> GiveSettings(StreamSettings settings) => move.SetAsync(Stream, settings, CancellationToken.None);

    public Task<MoveResult> Append(MovedPage page) => move.AppendAsync(Stream, page, CancellationToken.None);

    public async Task<MoveResult> Complete(bool closed)
    {
        var result = await move.CompleteAsync(Stream, closed, CancellationToken.None);
        await ReopenAsync();
        return result;
    }

    public async Task Finish()
    {
        await move.FinishAsync(Stream, CancellationToken.None);
        await ReopenAsync();
    }

    public async Task<int> Renew()
    {
        try
        {
            return await move.RenewAsync(CancellationToken.None);
        }
        catch (NotSupportedException)
        {
            return -1;
        }
    }

    private Task ReopenAsync() => GrainFactory.GetGrain<IStreamGrain>(Stream.Value).Reopen();
}
