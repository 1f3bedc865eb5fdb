using Webstream.Mcp.Hosting;

namespace Webstream.Mcp.Tests.Hosting;

public sealed class ServerSettingsTests
{
    [Fact]
    public void Settings_ThatAreNotSet_AreTheOriginals()
    {
        var settings = ServerSettings.Read(_ => "");

        settings.ShouldBe(new ServerSettings { Host = "0.0.0.0", Port = 8000 });
    }

    [Theory]
    [InlineData("http://127.0.0.1:8000", "http://127.0.0.1:8000/")]
    [InlineData("https://stream.example.org/hub", "https://stream.example.org/hub/")]
    public void Url_IsTakenAsAFolder(string text, string expected) =>
        Read("WEBSTREAM_URL", text).Url.ShouldBe(new Uri(expected));

    [Theory]
    [InlineData("WEBSTREAM_URL", "stream.example.org")]
    [InlineData("WEBSTREAM_URL", "ftp://stream.example.org")]
    [InlineData("WEBSTREAM_URL", "http://user:password@stream.example.org")]
    [InlineData("WEBSTREAM_URL", "http://0.0.0.0:8000")]
    [InlineData("WEBSTREAM_PUBLIC_URL", "http://[::]:8000")]
    [InlineData("WEBSTREAM_PUBLIC_URL", "http://stream.example.org/?a=b")]
    [InlineData("WEBSTREAM_HOST", "stream.example.org")]
    [InlineData("WEBSTREAM_HOST", "8000")]
    [InlineData("WEBSTREAM_PORT", "0")]
    [InlineData("WEBSTREAM_PORT", "65536")]
    [InlineData("WEBSTREAM_PORT", "8000x")]
    [InlineData("WEBSTREAM_API_KEY", "two words")]
    public void Setting_ThatIsWrong_IsNamed(string name, string value)
    {
        var failure = Should.Throw<WrongSettingException>(() => Read(name, value));

        failure.Message.ShouldContain(name);
        // A mistyped key may not be shown either.
        failure.Message.ShouldNotContain("two words");
        value.ShouldNotBeEmpty();
    }

    private static ServerSettings Read(string name, string value) => ServerSettings.Read(asked => asked == name ? value : null);
}
