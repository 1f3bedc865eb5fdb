using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.Access;
using Webstream.Gateway.Audit;

namespace Webstream.Gateway.Tests.Audit;

public sealed class RefusalCountsTests : IDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly FakeLogger logger = new();
    private readonly RefusalCounts counts;

    public RefusalCountsTests() => counts = new(logger, time);

    [Fact]
    public void Refusals_OfOneKind_AreALineAndThenANumber()
    {
        for (var i = 0; i < 4; i++)
        {
            Refuse("10.0.0.1");
        }

        Lines.ShouldBe(["nobody from 10.0.0.1: Publish refused at /api/push: 401"]);
        time.Advance(RefusalCounts.Period);

        Lines.Skip(1).ShouldBe(["nobody from 10.0.0.1: Publish refused 3 times more within a minute: 401"]);
    }

    [Fact]
    public void Refusal_OfTheNextMinute_IsALineAgain()
    {
        Refuse("10.0.0.1");
        time.Advance(RefusalCounts.Period);
        Refuse("10.0.0.1");

        Lines.Count.ShouldBe(2);
        Lines[1].ShouldBe(Lines[0]);
    }

    [Fact]
    public void Refusals_OfManyAddresses_FillNeitherTheLogNorTheMemory()
    {
        for (var i = 0; i < 10_000; i++)
        {
            Refuse(string.Create(CultureInfo.InvariantCulture, $"10.0.{i / 250}.{i % 250}"));
        }

        time.Advance(RefusalCounts.Period);

        Lines.Count.ShouldBe(RefusalCounts.MostKinds + 1);
        Lines[^1].ShouldStartWith("9900 refusals more within a minute");
    }

    [Fact]
    public void Refusals_BeforeTheEnd_AreCounted()
    {
        Refuse("10.0.0.1");
        Refuse("10.0.0.1");

        counts.Dispose();

        Lines[^1].ShouldContain("refused 1 times more");
    }

    public void Dispose() => counts.Dispose();

    private IReadOnlyList<string> Lines => [.. logger.Collector.GetSnapshot().Select(line => line.Message)];

    private void Refuse(string address) => counts.Add(new("nobody", IPAddress.Parse(address), AccessAction.Publish, 401), "/api/push", "");
}
