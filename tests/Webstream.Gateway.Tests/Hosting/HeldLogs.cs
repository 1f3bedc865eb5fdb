using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Webstream.Grains;
using Webstream.Grains.History;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>The silo's histories. Every append is held until the test releases it.</summary>
internal sealed class HeldLogs
{
    private readonly TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the first append has come.</summary>
    public Task Begun => begun.Task;

    public void Release() => released.SetResult();

    /// <summary>Wraps the histories of a gateway. Only when the container is made, because the gateway adds its own after the test.</summary>
    public void PutBefore(WebApplicationBuilder builder) => builder.Host.ConfigureContainer<IServiceCollection>((_, services) =>
    {
        var real = services.Last(service => service.ServiceType == typeof(IStreamHistories)).ImplementationType!;
        services.Replace(ServiceDescriptor.Singleton<IStreamHistories>(
            provider => new Logs((IStreamHistories)ActivatorUtilities.CreateInstance(provider, real), this)));
    });

    private sealed class Logs(IStreamHistories logs, HeldLogs held) : IStreamHistories
    {
        public bool LostWithProcess => logs.LostWithProcess;

        public bool OnlyInThisProcess => logs.OnlyInThisProcess;

        public TimeProvider Clock => logs.Clock;

        public IStreamHistory LogOf(StreamName stream) => new Log(logs.LogOf(stream), held);

        public ValueTask<StreamSettings> SettingsOfAsync(StreamName stream, CancellationToken cancellationToken) =>
            logs.SettingsOfAsync(stream, cancellationToken);

        public ValueTask<FoundHistory> FindAsync(StreamName stream, CancellationToken cancellationToken) => logs.FindAsync(stream, cancellationToken);

        public ValueTask<IReadOnlyList<ListedHistory>> ListAsync(string prefix, string? after, int limit, CancellationToken cancellationToken) =>
            logs.ListAsync(prefix, after, limit, cancellationToken);

        public ValueTask<IReadOnlyList<StreamName>> NamesAsync(string? after, int limit, CancellationToken cancellationToken) =>
            logs.NamesAsync(after, limit, cancellationToken);

        public ValueTask<IReadOnlyList<ListedHistory>> QuietestAsync(DateTimeOffset quietSince, int limit, CancellationToken cancellationToken) =>
            logs.QuietestAsync(quietSince, limit, cancellationToken);
    }

    private sealed class Log(IStreamHistory log, HeldLogs held) : IStreamHistory
    {
        public HistoryRange Range => log.Range;

        public ulong Forgotten => log.Forgotten;

        public ulong Deleted => log.Deleted;

        public StreamSettings Settings => log.Settings;

        public ValueTask<bool> DeleteAsync(EventId head, ulong epoch, long life, CancellationToken cancellationToken) =>
            log.DeleteAsync(head, epoch, life, cancellationToken);

        public ValueTask<bool> SetAsync(StreamSettings settings, CancellationToken cancellationToken) => log.SetAsync(settings, cancellationToken);

        public IIdempotencyKeys? Keys => log.Keys;

        public bool AsksForKeys => log.AsksForKeys;

        public ValueTask<KeyRecord?[]> FindKeysAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
            log.FindKeysAsync(keys, cancellationToken);

        public Task<IReadOnlyList<KeyRecord>> OpenAsync(CancellationToken cancellationToken) => log.OpenAsync(cancellationToken);

        public async ValueTask<AppendResult> AppendAsync(HistoryBatch batch, CancellationToken cancellationToken)
        {
            held.begun.TrySetResult();
            await held.released.Task;
            return await log.AppendAsync(batch, cancellationToken);
        }

        public ValueTask TrimAsync(CancellationToken cancellationToken) => log.TrimAsync(cancellationToken);

        public ValueTask<bool> DeclareSeenAsync(EventId seen, CancellationToken cancellationToken) =>
            log.DeclareSeenAsync(seen, cancellationToken);

        public ValueTask<bool> ForgetAsync(EventId head, CancellationToken cancellationToken) => log.ForgetAsync(head, cancellationToken);

        public ValueTask<StreamMessage[]> ReadAsync(HistoryQuery query, CancellationToken cancellationToken) =>
            log.ReadAsync(query, cancellationToken);
    }
}
