using System.Text;
using Webstream.Mcp.Hosting;

namespace Webstream.Mcp.Tests.Hosting;

public sealed class SettingsReaderTests
{
    private const string Url = "https://stream.example.org/";

    [Fact]
    public void Settings_ThatAreNotSet_AreTheOriginals() =>
        Read(("WEBSTREAM_URL", ""), ("WEBSTREAM_API_KEY", ""), ("WEBSTREAM_PORT", " ")).ShouldBe(new ServerSettings { Host = "0.0.0.0", Port = 8000 });

    [Theory]
    [InlineData("http://127.0.0.1:8000", "http://127.0.0.1:8000/")]
    [InlineData("https://stream.example.org/hub", "https://stream.example.org/hub/")]
    [InlineData("https://ann:pw@stream.example.org:8443/hub", "https://stream.example.org:8443/hub/")]
    public void Url_IsTakenAsAFolderAndWithoutItsLogin(string text, string expected) =>
        Read(("WEBSTREAM_URL", text)).Url!.AbsoluteUri.ShouldBe(expected);

    [Theory]
    [InlineData("http://stream.example.org", null)]
    [InlineData("http://ann:pw@stream.example.org", "ann:pw")]
    [InlineData("http://ann:p%40s%3As%C3%A9@stream.example.org", "ann:p@s:sé")]
    [InlineData("http://token@stream.example.org", "token:")]
    public void Url_WithUserAndPassword_IsALoginForAProxy(string text, string? login)
    {
        var sent = Read(("WEBSTREAM_URL", text)).Login;

        (sent is null ? null : Encoding.UTF8.GetString(Convert.FromBase64String(sent.Parameter!))).ShouldBe(login);
        sent?.Scheme.ShouldBe("Basic");
    }

    [Theory]
    [InlineData("WEBSTREAM_URL", "stream.example.org")]
    [InlineData("WEBSTREAM_URL", "ftp://stream.example.org")]
    [InlineData("WEBSTREAM_URL", "http://0.0.0.0:8000")]
    [InlineData("WEBSTREAM_URL", "http://ann%3Asecret-1:pw@stream.example.org")]
    [InlineData("WEBSTREAM_PUBLIC_URL", "http://user:secret-1@stream.example.org")]
    [InlineData("WEBSTREAM_PUBLIC_URL", "http://[::]:8000")]
    [InlineData("WEBSTREAM_PUBLIC_URL", "http://a\u202Egro.example")]
    [InlineData("WEBSTREAM_PUBLIC_URL", "http://stream.example.org:0")]
    [InlineData("WEBSTREAM_PUBLIC_URL", "http://stream.example.org/?a=b")]
    [InlineData("WEBSTREAM_HOST", "stream.example.org")]
    [InlineData("WEBSTREAM_HOST", "8000")]
    [InlineData("WEBSTREAM_PORT", "0")]
    [InlineData("WEBSTREAM_PORT", "65536")]
    [InlineData("WEBSTREAM_PORT", "8000x")]
    [InlineData("WEBSTREAM_STATE_DIR", "~/state")]
    [InlineData("WEBSTREAM_STATE_DIR", "state")]
    [InlineData("WEBSTREAM_API_KEY", "secret-1é")]
    [InlineData("WEBSTREAM_API_KEY", "\"secret-1\"")]
    [InlineData("WEBSTREAM_API_KEY", "secret-1 two")]
    [InlineData("WEBSTREAM_API_KEY", "secret-1\n")]
    [InlineData("WEBSTREAM_API_KEY", " secret-1")]
    [InlineData("WEBSTREAM_API_KEY", "sec\u0007secret-1")]
    [InlineData("WEBSTREAM_API_KEY", "\uFEFFsecret-1")]
    [InlineData("Webstream__ApiKey", "secret-1\r\n")]
    // Too short to be the key of a gateway that is started.
    [InlineData("WEBSTREAM_API_KEY", "secret-1")]
    public void Setting_ThatIsWrong_IsNamedWithoutASecret(string name, string value)
    {
        var failure = Should.Throw<WrongSettingException>(() => Read((name, value)));

        failure.Message.ShouldContain(name);
        failure.Message.ShouldNotContain("secret-1");
    }

    [Theory]
    [InlineData("WEBSTREAM_URL", "${user_config.url}")]
    [InlineData("WEBSTREAM_URL", "https://${HOST}/")]
    [InlineData("WEBSTREAM_URL", "https://ann:${PASSWORD}@stream.example.org")]
    [InlineData("WEBSTREAM_API_KEY", "${user_config.api_key}")]
    [InlineData("WEBSTREAM_API_KEY", "YOUR_API_KEY")]
    [InlineData("Webstream__ApiKey", "%WEBSTREAM_API_KEY%")]
    [InlineData("WEBSTREAM_PORT", "${user_config.port}")]
    [InlineData("WEBSTREAM_HOST", "{{host}}")]
    [InlineData("WEBSTREAM_PUBLIC_URL", "https://<your-host>/")]
    [InlineData("WEBSTREAM_STATE_DIR", "${HOME}/.local/state/webstream")]
    [InlineData("Webstream__Write", "${input:write}")]
    [InlineData("WEBSTREAM__IDLEEXIT", "$IDLE_EXIT")]
    public void Placeholder_IsRefusedByNameAndAsSuch(string name, string value)
    {
        var text = Should.Throw<WrongSettingException>(() => Read((name, value))).Message;

        text.ShouldStartWith($"{name} holds a placeholder, ");
        text.ShouldNotContain(value);
    }

    [Theory]
    [InlineData("tcp://10.43.0.12:8000")]
    [InlineData("udp://[fd00::1]:8000")]
    [InlineData("TCP://10.43.0.12:8000")]
    public void Port_OfAServiceOfKubernetes_IsIgnoredWithANote(string link)
    {
        var settings = Read(
            ("WEBSTREAM_PORT", link), ("WEBSTREAM_SERVICE_HOST", "10.43.0.12"), ("WEBSTREAM_SERVICE_PORT", "8000"), ("WEBSTREAM_PORT_8000_TCP", link),
            ("WEBSTREAM_PORT_8000_TCP_ADDR", "10.43.0.12"));

        settings.Port.ShouldBe(8000);
        settings.Notes.ShouldHaveSingleItem().ShouldStartWith("WEBSTREAM_PORT is ignored: ");
    }

    [Theory]
    [InlineData("WEBSTREAM_PORT", "tcp://10.43.0.12:8000")]
    [InlineData("WEBSTREAM_PORT", "many")]
    [InlineData("WEBSTREAM_PORT", "${user_config.port}")]
    [InlineData("WEBSTREAM_HOST", "tcp://10.43.0.12:8000")]
    [InlineData("WEBSTREAM_HOST", "stream.example.org")]
    [InlineData("WEBSTREAM_STATE_DIR", "${HOME}/state")]
    [InlineData("Webstream__Write", "${input:write}")]
    public void Setting_ThatChangesNothingBesideAnAddress_IsNotJudged(string name, string value) =>
        Read(("WEBSTREAM_URL", Url), (name, value)).ShouldBe(new ServerSettings { Url = new(Url) });

    [Fact]
    public void HostAndPort_BesideAnAddress_AreWhatTheToolsShow() =>
        Read(("WEBSTREAM_URL", Url), ("WEBSTREAM_PORT", "9000"), ("WEBSTREAM_HOST", "127.0.0.1"))
            .ShouldBe(new ServerSettings { Url = new(Url), Port = 9000, Host = "127.0.0.1" });

    [Fact]
    public void Key_UnderItsLongName_IsTheKeyToo()
    {
        Read(("Webstream__ApiKey", "one-key-of-the-tests")).ApiKey.ShouldBe("one-key-of-the-tests");
        Read(("Webstream__ApiKey", "one-key-of-the-tests"), ("WEBSTREAM_API_KEY", "one-key-of-the-tests")).ApiKey.ShouldBe("one-key-of-the-tests");
    }

    [Theory]
    [InlineData("", "WEBSTREAM_API_KEY", "Webstream__ApiKey", true)]
    [InlineData(Url, "WEBSTREAM_API_KEY", "Webstream__ApiKey", true)]
    [InlineData("", "Webstream__Write", "WEBSTREAM__WRITE", true)]
    [InlineData(Url, "Webstream__Write", "WEBSTREAM__WRITE", false)]
    public void Setting_WithTwoValues_IsRefusedWhereItIsUsed(string url, string one, string other, bool isRefused)
    {
        Action read = () => Read(("WEBSTREAM_URL", url), (one, "secret-1"), (other, "secret-2"));

        if (isRefused)
        {
            read.ShouldThrow<WrongSettingException>().Message.ShouldEndWith("are one setting, and have different values. Leave one of them out.");
        }
        else
        {
            read.ShouldNotThrow();
        }
    }

    [Theory]
    [InlineData("WEBSTREAM_HOST", "0.0.0.0", true)]
    [InlineData("WEBSTREAM_HOST", "127.0.0.1", true)]
    [InlineData("WEBSTREAM_HOST", "*", false)]
    [InlineData("WEBSTREAM_PORT", "9000", false)]
    public void Host_IsChosenByAPersonWhoWritesAnAddress(string name, string value, bool isChosen) =>
        Read((name, value)).IsHostChosen.ShouldBe(isChosen);

    [Theory]
    [InlineData("WEBSTREAM_PUBLIC_URL")]
    [InlineData("Webstream__PublicUrl")]
    public void PublicUrl_HasTheNameThatAGatewayReadsToo(string name) =>
        Read((name, "https://stream.example.org/live")).PublicUrl.ShouldBe(new Uri("https://stream.example.org/live/"));

    private static ServerSettings Read(params (string Name, string Value)[] environment) =>
        new SettingsReader(environment.ToDictionary(variable => variable.Name, variable => variable.Value)).Read();
}
