using System.Net;
using Webstream.Gateway.Memory;

namespace Webstream.Gateway.Tests.Memory;

public sealed class CallerPartsTests
{
    private static readonly CallerAddress Caller = CallerAddress.Of(IPAddress.Parse("203.0.113.7"));

    private readonly CallerParts parts = new(limit: 1000);

    [Theory]
    [InlineData(490, 490, false)] // with these bytes it has exactly half
    [InlineData(491, 491, true)]
    [InlineData(100, 900, false)] // the rest is others'
    [InlineData(491, 480, false)] // half of the share is still free
    public void Address_WithSoManyBytesOfAllThatAreInUse_HasItsHalf(long own, long used, bool has)
    {
        parts.Add(Caller, own);

        parts.HasItsHalf(Caller, 10, used).ShouldBe(has);
    }

    [Fact]
    public void Address_WithNothingYet_MayHaveOneCharge()
    {
        parts.HasItsHalf(Caller, 5000, used: 1000).ShouldBeFalse();

        parts.Add(Caller, 600);
        parts.HasItsHalf(Caller, 1, used: 1000).ShouldBeTrue();
        parts.Remove(Caller, 600);
        parts.HasItsHalf(Caller, 5000, used: 1000).ShouldBeFalse();
    }

    [Fact]
    public void CallersOfThisMachine_AreNotCounted()
    {
        parts.Add(default, 900);

        parts.HasItsHalf(default, 10, used: 1000).ShouldBeFalse();
        parts.Remove(default, 900);
    }
}
