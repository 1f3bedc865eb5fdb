using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Webstream.Grains;
using Webstream.Grains.History;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Health;

/// <summary>The silo's histories, which report the health that a test wants; none: they do not answer.</summary>
internal sealed class AilingLogs(HistoryHealth? health)
{
    /// <summary>Wraps the histories of a gateway. Only when the container is made, because the gateway adds its own after the test.</summary>
    public void PutBefore(WebApplicationBuilder builder) => builder.Host.ConfigureContainer<IServiceCollection>((_, services) =>
    {
        var real = services.Last(service => service.ServiceType == typeof(IStreamHistories)).ImplementationType!;
        services.Replace(ServiceDescriptor.Singleton<IStreamHistories>(
            provider => new Logs((IStreamHistories)ActivatorUtilities.CreateInstance(provider, real), health)));
    });

    private sealed class Logs(IStreamHistories logs, HistoryHealth? health) : IStreamHistories
    {
        public bool LostWithProcess => logs.LostWithProcess;

        public bool OnlyInThisProcess => logs.OnlyInThisProcess;

        public TimeProvider Clock => logs.Clock;

        public IStreamHistory LogOf(StreamName stream) => logs.LogOf(stream);

        public Task CheckAsync() => AskHealthAsync();

        public Task<HistoryHealth> AskHealthAsync() =>
            health is null ? Task.FromException<HistoryHealth>(new HistoryAwayException("Away.", maybeIn: false)) : Task.FromResult(health);

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
}
