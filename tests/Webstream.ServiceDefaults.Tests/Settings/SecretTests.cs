using Webstream.ServiceDefaults.Settings;

namespace Webstream.ServiceDefaults.Tests.Settings;

public sealed class SecretTests
{
    [Theory]
    [InlineData("k", true)]
    [InlineData("", true)]
    [InlineData("two words", true)]
    [InlineData("schlüssel", true)]
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
    public void Text_IsCleanWhenCallersCanSendWhatTheySee(string text, bool clean) => Secret.IsClean(text).ShouldBe(clean);
}
