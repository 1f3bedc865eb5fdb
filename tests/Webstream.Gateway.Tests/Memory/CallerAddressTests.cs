using System.Net;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Webstream.Gateway.Addresses;
using Webstream.Gateway.Memory;

namespace Webstream.Gateway.Tests.Memory;

public sealed class CallerAddressTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.8.8.8")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    public void Caller_OfThisMachine_IsNotCounted(string address) => Of(address).IsCounted.ShouldBeFalse();

    [Fact]
    public void Caller_WithoutAnAddress_IsNotCounted() => CallerAddress.Of((IPAddress?)null).IsCounted.ShouldBeFalse();

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1")]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff")]
    public void Callers_OfOneNetwork_AreOne(string one, string other)
    {
        Of(one).IsCounted.ShouldBeTrue();
        Of(one).ShouldBe(Of(other));
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.2")]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:2::1")]
    [InlineData("192.0.2.1", "::c000:201")]
    public void Callers_OfTwoNetworks_AreTwo(string one, string other) => Of(one).ShouldNotBe(Of(other));

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("2001:db8:0:1::7", "2001:db8:0:1::/64")]
    public void Address_IsShownAsWhatItStandsFor(string address, string shown) => Of(address).ToString().ShouldBe(shown);

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", false, true)]
    [InlineData("127.0.0.1", "127.0.0.1", false, false)]
    [InlineData("192.0.2.1", "192.0.2.1", true, false)] // a trusted proxy that names nobody
    [InlineData("192.0.2.1", "203.0.113.7", true, true)]
    [InlineData("192.0.2.1", "127.0.0.1", true, true)] // whatever a proxy names, it is not this machine
    public void Request_IsCountedForWhoCalls(string peer, string caller, bool isTrusted, bool isCounted)
    {
        var context = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse(caller) } };
        context.Features.Set<IConnectionEndPointFeature>(new Connection { RemoteEndPoint = new IPEndPoint(IPAddress.Parse(peer), 5) });
        if (isTrusted)
        {
            TrustedPeer.Mark(context);
        }

        CallerAddress.Of(context).IsCounted.ShouldBe(isCounted);
    }

    private sealed class Connection : IConnectionEndPointFeature
    {
        public EndPoint? LocalEndPoint { get; set; }

        public EndPoint? RemoteEndPoint { get; set; }
    }

    private static CallerAddress Of(string address) => CallerAddress.Of(IPAddress.Parse(address));
}
