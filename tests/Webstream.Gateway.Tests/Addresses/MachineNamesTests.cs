using Webstream.Gateway.Addresses;

namespace Webstream.Gateway.Tests.Addresses;

public sealed class MachineNamesTests
{
    [Fact]
    public void Names_OfAMachine_AreItsOwnInEveryDomainThatItsSettingsName() =>
        MachineNames.Of("MyBox", "lan.example", ["127.0.0.1 localhost", "127.0.1.1\tmybox.example.org  mybox # mybox.comment.example"]).Names
            .ShouldBe(["mybox", "mybox.local", "mybox.lan.example", "mybox.example.org"], ignoreOrder: true);

    [Fact]
    public void Names_OfAMachineWithADomainInItsName_HaveTheShortOneToo() =>
        MachineNames.Of("mybox.example.org", "(none)", []).Names.ShouldBe(["mybox.example.org", "mybox", "mybox.local"], ignoreOrder: true);

    [Theory]
    [InlineData("127.0.0.1 ads.example")]
    [InlineData("192.168.1.9 otherbox.example.org otherbox")]
    [InlineData("192.168.1.9 mybox2.example.org mybox2")]
    [InlineData("# 127.0.0.1 mybox mybox.evil.example")]
    [InlineData("127.0.0.1 mybox evil.example")]
    public void Names_OfOthers_StayOut(string line) => MachineNames.Of("mybox", "", [line]).Names.ShouldBe(["mybox", "mybox.local"], ignoreOrder: true);

    [Theory]
    [InlineData("")]
    [InlineData("my box")]
    [InlineData("10.0.0.1")]
    public void Names_ThatAreNone_AreNotKnown(string hostName) => MachineNames.Of(hostName, "lan.example", []).Names.ShouldBeEmpty();

    [Fact]
    public void Names_OfThisMachine_HaveItsHostName() =>
        MachineNames.Read().Names.ShouldContain(System.Net.Dns.GetHostName().ToLowerInvariant());
}
