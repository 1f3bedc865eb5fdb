using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Webstream.Gateway.Rules;
using Webstream.Gateway.Snapshots;
using Webstream.Gateway.Streams;
using Webstream.Grains;
using Webstream.Grains.History;

namespace Webstream.Gateway.Tests.Rules;

/// <summary>What the answers and the silence of a cluster mean.</summary>
public sealed class ClusterRulesTests
{
    [Fact]
    public async Task Silo_OfAnOlderVersion_HasNoRules()
    {
        var rules = RulesOf(_ => throw new ArgumentException("Could not find an implementation for interface IRuleGrain"), isThere: true);
        (await rules.ReadAsync(null)).ShouldNotBeNull().Rules.ShouldBeEmpty();
        (await rules.ReadAsync(0)).ShouldBeNull();
        // There have been rules: they are not gone.
        await Should.ThrowAsync<TableAwayException>(() => rules.ReadAsync(5));
    }

    [Fact]
    public async Task Cluster_ThatAnswersNothing_IsNotAnOlderOne()
    {
        var rules = RulesOf(_ => throw new ArgumentException("Could not find an implementation for interface IRuleGrain"), isThere: false);
        await Should.ThrowAsync<TableAwayException>(() => rules.ReadAsync(null));
    }

    [Fact]
    public async Task Store_ThatRefuses_SaysWhy()
    {
        var rules = RulesOf(
            _ => Task.FromException<RuleList?>(new HistoryAwayException("Redis refuses.", maybeIn: false) { Refusal = "Redis refuses: let it run hgetall" }), isThere: true);
        (await Should.ThrowAsync<TableAwayException>(() => rules.ReadAsync(null))).Message.ShouldBe("Redis refuses: let it run hgetall");
    }

    [Fact]
    public async Task Cluster_ThatIsAway_IsNotAsked()
    {
        var connection = new ClusterConnection();
        connection.Changed(0, recovered: false);
        await Should.ThrowAsync<TableAwayException>(() => new ClusterRules(new ServiceCollection().BuildServiceProvider(), connection).ReadAsync(null));
    }

    private static ClusterRules RulesOf(Func<long?, Task<RuleList?>> read, bool isThere)
    {
        var rules = Answering<IRuleGrain>((_, arguments) => read((long?)arguments[0]));
        var lookup = Answering<IStreamLookupGrain>((_, _) => isThere
            ? Task.FromResult<StreamStatus?>(null)
            : Task.FromException<StreamStatus?>(new TimeoutException("Nobody answers.")));
        var grains = Answering<IGrainFactory>((method, _) => method.GetGenericArguments()[0] == typeof(IRuleGrain) ? rules : lookup);
        return new(new ServiceCollection().AddSingleton(grains).BuildServiceProvider(), new());
    }

    private static T Answering<T>(Func<MethodInfo, object?[], object?> answer)
        where T : class
    {
        var proxy = DispatchProxy.Create<T, Proxy>();
        ((Proxy)(object)proxy).Answer = answer;
        return proxy;
    }

    public class Proxy : DispatchProxy
    {
        internal Func<MethodInfo, object?[], object?>? Answer { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => Answer!(targetMethod!, args ?? []);
    }
}
