using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Webstream.Grains;
using Webstream.Grains.Log;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>The silo's logs, with every append held until the test lets them go.</summary>
internal sealed class HeldLogs
{
    private readonly TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the first append has come.</summary>
    public Task Begun => begun.Task;

    public void Release() => released.SetResult();

    /// <summary>Puts itself before the logs of a gateway. When the container is made, because the gateway adds its own after the test.</summary>
    public void PutBefore(WebApplicationBuilder builder) => builder.Host.ConfigureContainer<IServiceCollection>((_, services) =>
    {
        var real = services.Last(service => service.ServiceType == typeof(IStreamLogs)).ImplementationType!;
        services.Replace(ServiceDescriptor.Singleton<IStreamLogs>(
            provider => new Logs((IStreamLogs)ActivatorUtilities.CreateInstance(provider, real), this)));
    });

    private sealed class Logs(IStreamLogs logs, HeldLogs held) : IStreamLogs
    {
        public bool DiesWithSilo => logs.DiesWithSilo;

        public IStreamLog LogOf(StreamName stream) => new Log(logs.LogOf(stream), held);

        public ValueTask<FoundLog> FindAsync(StreamName stream, CancellationToken cancellationToken) => logs.FindAsync(stream, cancellationToken);

        public ValueTask<IReadOnlyList<ListedLog>> ListAsync(string prefix, string? after, int limit, CancellationToken cancellationToken) =>
            logs.ListAsync(prefix, after, limit, cancellationToken);

        public ValueTask<IReadOnlyList<ListedLog>> QuietestAsync(DateTimeOffset quietSince, int limit, CancellationToken cancellationToken) =>
            logs.QuietestAsync(quietSince, limit, cancellationToken);
    }

    private sealed class Log(IStreamLog log, HeldLogs held) : IStreamLog
    {
        public LogRange Range => log.Range;

        public ulong Forgotten => log.Forgotten;

        public IIdempotencyKeys? Keys => log.Keys;

        public Task<IReadOnlyList<KeyRecord>> OpenAsync(CancellationToken cancellationToken) => log.OpenAsync(cancellationToken);

        public async ValueTask<AppendResult> AppendAsync(LogBatch batch, CancellationToken cancellationToken)
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
