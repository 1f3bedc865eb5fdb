using Webstream.Gateway.Streams;
using Webstream.Grains;
using Webstream.Grains.History.Moving;
using Webstream.Protocol;

namespace Webstream.Gateway.Moving;

/// <summary>Moves histories out of and into the cluster that this gateway belongs to.</summary>
/// <param name="services">The gateway's services; the cluster is taken from them when it is asked.</param>
/// <param name="time">The clock.</param>
internal sealed class GrainMove(IServiceProvider services, TimeProvider time) : IHistoryMove
{
    // Every gateway asks for rules after Fresh, may wait for the answer for some moments, and looks at its listeners each second.
    private static readonly TimeSpan RulesSettle = TimeSpan.FromSeconds(5);

    private IGrainFactory Grains => services.GetRequiredService<IGrainFactory>();

    public async Task<IReadOnlyList<StreamName>> NamesAsync(string? after, CancellationToken cancellationToken) =>
        [.. (await ClusterCall.Of(() => All.Names(after))).Select(StreamName.Parse)];

    public Task<MovedPage> ReadAsync(StreamName stream, long after, CancellationToken cancellationToken) => ClusterCall.Of(() => Of(stream).Read(after));

    public Task<MoveResult> BeginAsync(StreamName stream, EventId before, DateTimeOffset at, long life, CancellationToken cancellationToken) =>
        ClusterCall.Of(() => Of(stream).Begin(before.Epoch, before.Sequence, at, life));

    public Task<MoveResult> SetAsync(StreamName stream, StreamSettings settings, CancellationToken cancellationToken) =>
        ClusterCall.Of(() => Of(stream).GiveSettings(settings));

    public Task<MoveResult> AppendAsync(StreamName stream, MovedPage page, CancellationToken cancellationToken) =>
        ClusterCall.Of(() => Of(stream).Append(page));

    public Task<MoveResult> CompleteAsync(StreamName stream, bool closed, CancellationToken cancellationToken) =>
        ClusterCall.Of(() => Of(stream).Complete(closed));

    public Task FinishAsync(StreamName stream, CancellationToken cancellationToken) => ClusterCall.Of(() => DoneAsync(Of(stream).Finish()));

    public async Task<int> RenewAsync(CancellationToken cancellationToken) =>
        await ClusterCall.Of(() => All.Renew()) is var count and >= 0 ? count : throw new NotSupportedException();

    public async Task<RuleList> RulesAsync(CancellationToken cancellationToken) => await RulesAsync(() => Rules.Read(null)) ?? new(0, []);

    public async Task<RuleOutcome> SetRuleAsync(StreamName stream, OwnRule rule, CancellationToken cancellationToken) =>
        await RulesAsync(() => Rules.Change(stream.Value, new(RuleMembers.None, rule, OnlyStricter: true)));

    public Task SettleRulesAsync(CancellationToken cancellationToken) => Task.Delay(RulesSettle, time, cancellationToken);

    private IRuleGrain Rules => Grains.GetGrain<IRuleGrain>(0);

    // What concerns no single stream.
    private IHistoryMoveGrain All => Grains.GetGrain<IHistoryMoveGrain>("all");

    private IHistoryMoveGrain Of(StreamName stream) => Grains.GetGrain<IHistoryMoveGrain>(stream.Value);

    private static async Task<bool> DoneAsync(Task task)
    {
        await task;
        return true;
    }

    private static async Task<T> RulesAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ClusterCall.Of(ask);
        }
        catch (Exception failure) when (ClusterCall.MayBeUnknown(failure))
        {
            // Without them the streams would be moved, and be open where they are moved to.
            throw new WebstreamException(
                WebstreamError.Unavailable, "A silo of an older version answers, and knows no rules of streams. Move histories when the upgrade is over.");
        }
    }
}
