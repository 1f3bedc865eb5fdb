using Webstream.ServiceDefaults.Settings;

namespace Webstream.ServiceDefaults.Tests.Settings;

public sealed class SecretTests
{
    [Theory]
    [InlineData("k", true)]
    [InlineData("", true)]
    [InlineData("wsk_0aZ~!'\"", true)]
    [InlineData("'k", true)]
    [InlineData("two words", false)]
    [InlineData("schlüssel", false)]
    [InlineData("\"k3y\"", false)]
    [InlineData("'k3y'", false)]
    [InlineData("k\n", false)]
    [InlineData("k\r\n", false)]
    [InlineData("\tk", false)]
    [InlineData(" k", false)]
    [InlineData("k ", false)]
    [InlineData(" ", false)]
    [InlineData("a\0b", false)]
    [InlineData("a\u007Fb", false)]
    [InlineData("\uFEFFk", false)]
    [InlineData("k\u200B", false)]
    [InlineData("k\u00A0", false)]
    public void Text_IsCleanWhenCallersCanSendWhatTheySee(string text, bool clean) => (Secret.Refusal(text) is null).ShouldBe(clean);
}
