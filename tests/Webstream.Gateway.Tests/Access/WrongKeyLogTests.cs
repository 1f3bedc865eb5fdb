using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.Access;
using Webstream.Gateway.Memory;

namespace Webstream.Gateway.Tests.Access;

public sealed class WrongKeyLogTests : IDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly FakeLogCollector lines = new();
    private readonly WrongKeyLog log;

    public WrongKeyLogTests() =>
        log = new(time, TestMessages.Meters(), new LoggerFactory([new FakeLoggerProvider(lines)]).CreateLogger<WrongKeyLog>());

    public void Dispose() => log.Dispose();

    [Fact]
    public void WrongKeys_AreALineAMinute_ThatNamesWhoSentMost()
    {
        Add("203.0.113.7", 500);
        Add("2001:db8:1:2::1", 20_000);
        for (var i = 0; i < 5000; i++)
        {
            Add($"10.1.{i >> 8}.{i & 255}", 1);
        }

        lines.LatestRecord.Message.ShouldBe("A wrong key came from the address 203.0.113.7, and was refused. Those that follow are counted, in a line a minute");
        lines.Count.ShouldBe(1);

        time.Advance(WrongKeyLog.Period);

        lines.Count.ShouldBe(2);
        lines.LatestRecord.Message.ShouldBe("25499 more wrong keys came within a minute: 20000 from the address 2001:db8:1:2::/64, and from 1000 addresses in all");
    }

    [Fact]
    public void WrongKeys_AfterAQuietMinute_BeginAnew()
    {
        Add("203.0.113.7", 1);
        time.Advance(WrongKeyLog.Period);
        time.Advance(WrongKeyLog.Period);
        lines.Count.ShouldBe(1);

        Add("203.0.113.8", 1);

        lines.Count.ShouldBe(2);
        lines.LatestRecord.Message.ShouldStartWith("A wrong key came from the address 203.0.113.8");
    }

    private void Add(string address, int count)
    {
        for (var i = 0; i < count; i++)
        {
            log.Add(CallerAddress.Of(IPAddress.Parse(address)));
        }
    }
}
