using System.Net;
using Webstream.Gateway.Connections;
using Webstream.Gateway.Memory;
using Webstream.Grains.Memory;

namespace Webstream.Gateway.Tests.Connections;

public sealed class AddressPartsTests
{
    private const int Most = 100;

    private readonly AddressParts parts = new();

    [Theory]
    [InlineData(49, 100, false)] // less than half is its own
    [InlineData(50, 50, false)] // half of them are free
    [InlineData(50, 51, true)]
    [InlineData(60, 100, true)]
    [InlineData(1, 100, false)]
    public void Address_WithSoManyOfAllThatAreOpen_HasItsPart(int own, int open, bool has)
    {
        var address = Of("203.0.113.7");
        Enter(address, own, bytes: 1);

        parts.HasItsPart(address, open, Most, new("test", 1_000_000), 1).ShouldBe(has);
    }

    [Fact]
    public void Address_WithAsManyAsOneMayHave_HasItsPart_HoweverManyAreFree()
    {
        var limited = new AddressParts(mostOfOne: 2);
        var address = Of("203.0.113.7");
        limited.Enter(address, 1);
        limited.HasItsPart(address, 1, Most, new("test", 1_000_000), 1).ShouldBeFalse();
        limited.Enter(address, 1);

        limited.HasItsPart(address, 2, Most, new("test", 1_000_000), 1).ShouldBeTrue();
        limited.HasItsPart(Of("203.0.113.8"), 2, Most, new("test", 1_000_000), 1).ShouldBeFalse();
        limited.Leave(address, 1);
        limited.HasItsPart(address, 1, Most, new("test", 1_000_000), 1).ShouldBeFalse();
    }

    [Theory]
    [InlineData(500, 501, true)]
    [InlineData(490, 501, false)] // with one more it has exactly half
    [InlineData(500, 500, false)] // the share is not half used
    public void Address_WithSoMuchOfTheMemory_HasItsPart(int own, int used, bool has)
    {
        var address = Of("203.0.113.7");
        Enter(address, 1, own);
        var share = new MemoryShare("test", 1000);
        share.Take(used);

        parts.HasItsPart(address, 1, Most, share, 10).ShouldBe(has);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.8.9.10")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    public void Loopback_MayHaveEverything(string address)
    {
        Enter(Of(address), Most, 1);

        parts.HasItsPart(Of(address), Most, Most, new("test", 1), 1).ShouldBeFalse();
        parts.Count.ShouldBe(0);
    }

    [Theory]
    [InlineData("203.0.113.7", "::ffff:203.0.113.7", true)]
    [InlineData("203.0.113.7", "203.0.113.8", false)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)] // one customer's network
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("0.0.0.5", "::5:0:0:0:0", false)]
    public void Addresses_AreOneWhereTheyAreOneCustomers(string one, string other, bool areOne)
    {
        Enter(Of(one), Most, 1);

        parts.HasItsPart(Of(other), Most, Most, new("test", 1_000_000), 1).ShouldBe(areOne);
    }

    [Fact]
    public void Address_WhoseConnectionsAreGone_IsForgotten()
    {
        var address = Of("203.0.113.7");
        Enter(address, 3, 10);
        parts.GiveBack(address, 5);
        parts.Leave(address, 5);
        parts.Leave(address, 10);
        parts.Count.ShouldBe(1);

        parts.Leave(address, 10);

        parts.Count.ShouldBe(0);
    }

    private static CallerAddress Of(string address) => CallerAddress.Of(IPAddress.Parse(address));

    private void Enter(CallerAddress address, int count, int bytes)
    {
        for (var i = 0; i < count; i++)
        {
            parts.Enter(address, bytes);
        }
    }
}
