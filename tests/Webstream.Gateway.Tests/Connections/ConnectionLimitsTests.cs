using Webstream.Gateway.Connections;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Gateway.Tests.Connections;

public sealed class ConnectionLimitsTests
{
    [Theory]
    [InlineData(0, 20_000, 340, 18_892, 256)] // 512 files are spared
    [InlineData(0, 1024, 340, 543, 77)] // 64 are spared
    [InlineData(0, 460, 330, 72, 10)] // 48 are spared
    [InlineData(100, 20_000, 340, 88, 12)]
    [InlineData(1, 20_000, 340, 1, 1)] // one more for health checks
    [InlineData(50_000, 20_000, 340, 18_892, 256)] // no more than there are files
    [InlineData(50_000, null, 340, 49_744, 256)]
    [InlineData(0, null, 340, 9_999_744, 256)]
    public void Limits_OfSettingAndFiles_KeepSomeForShortRequests(int max, int? files, int own, int usual, int reserve) =>
        ConnectionLimits.Of(max, files, own).ShouldBe(new(usual, reserve));

    [Theory]
    [InlineData(300, 280)]
    [InlineData(420, 360)]
    public void Files_TooFew_RefuseTheStart(int files, int own) =>
        Should.Throw<StartRefusedException>(() => ConnectionLimits.Of(0, files, own)).Message.ShouldContain("ulimit -n");
}
