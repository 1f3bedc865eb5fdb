using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Webstream.Grains.Log;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Health;

/// <summary>The silo's logs, which say of their health what a test wants; none: they do not answer.</summary>
internal sealed class AilingLogs(LogHealth? health)
{
    /// <summary>Puts itself before the logs of a gateway. When the container is made, because the gateway adds its own after the test.</summary>
    public void PutBefore(WebApplicationBuilder builder) => builder.Host.ConfigureContainer<IServiceCollection>((_, services) =>
    {
        var real = services.Last(service => service.ServiceType == typeof(IStreamLogs)).ImplementationType!;
        services.Replace(ServiceDescriptor.Singleton<IStreamLogs>(
            provider => new Logs((IStreamLogs)ActivatorUtilities.CreateInstance(provider, real), health)));
    });

    private sealed class Logs(IStreamLogs logs, LogHealth? health) : IStreamLogs
    {
        public bool DiesWithSilo => logs.DiesWithSilo;

        public IStreamLog LogOf(StreamName stream) => logs.LogOf(stream);

        public Task CheckAsync() => AskHealthAsync();

        public Task<LogHealth> AskHealthAsync() =>
            health is null ? Task.FromException<LogHealth>(new LogAwayException("Away.", maybeIn: false)) : Task.FromResult(health);

        public ValueTask<FoundLog> FindAsync(StreamName stream, CancellationToken cancellationToken) => logs.FindAsync(stream, cancellationToken);

        public ValueTask<IReadOnlyList<ListedLog>> ListAsync(string prefix, string? after, int limit, CancellationToken cancellationToken) =>
            logs.ListAsync(prefix, after, limit, cancellationToken);

        public ValueTask<IReadOnlyList<ListedLog>> QuietestAsync(DateTimeOffset quietSince, int limit, CancellationToken cancellationToken) =>
            logs.QuietestAsync(quietSince, limit, cancellationToken);
    }
}
