using System.Net;
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

    private static CallerAddress Of(string address) => CallerAddress.Of(IPAddress.Parse(address));
}
