using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.Limits;
using Webstream.Gateway.Memory;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Limits;

/// <summary>The limits of callers, on a clock of the test's own.</summary>
internal sealed class LimitsRig
{
    private readonly IMeterFactory meters = TestMessages.Meters();

    public LimitsRig(LimitsOptions? limits = null, int pushesPerSecond = 0, TimeProvider? time = null)
    {
        Budgets = new(time ?? Time);
        Limits = new(Budgets, new(Budgets, meters), Options.Create(limits ?? new()), Options.Create(new PushPaceOptions { PerSecond = pushesPerSecond }));
    }

    public FakeTimeProvider Time { get; } = new();

    public CallerBudgets Budgets { get; }

    public CallerLimits Limits { get; }

    /// <summary>How often a limit has refused.</summary>
    public long Refused(string limit)
    {
        using var refused = new MetricCollector<long>(meters, GatewayMetrics.MeterName, "webstream.limits.refused");
        refused.RecordObservableInstruments();
        return refused.GetMeasurementSnapshot().Last(one => (string?)one.Tags["limit"] == limit).Value;
    }

    /// <summary>Pushes messages of a letter each.</summary>
    /// <returns>The refusal.</returns>
    public WebstreamException? Push(ILimitedCaller caller, int count = 1, int length = 1)
    {
        try
        {
            Limits.TakePush(caller, new(TestMessages.Stream, [.. Enumerable.Range(0, count).Select(_ => new PushItem { Message = new('m', length) })]));
            return null;
        }
        catch (WebstreamException refusal)
        {
            return refusal;
        }
    }
}

/// <summary>A caller of a test.</summary>
internal sealed record CallerDouble(CallerId LimitedAs, CallerAddress Address, KeyLimits? OwnLimits = null) : ILimitedCaller
{
    /// <summary>A caller without a key.</summary>
    public static CallerDouble From(string address) => new(new(null, Of(address)), Of(address));

    /// <summary>A caller with a key.</summary>
    public static CallerDouble With(string key, KeyLimits? own = null, string address = "203.0.113.1") => new(new(key, default), Of(address), own);

    private static CallerAddress Of(string address) => CallerAddress.Of(System.Net.IPAddress.Parse(address));
}
