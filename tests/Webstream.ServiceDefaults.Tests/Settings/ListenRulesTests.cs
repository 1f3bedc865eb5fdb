using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Configuration;
using Webstream.ServiceDefaults.Settings;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.ServiceDefaults.Tests.Settings;

/// <summary>Addresses that cannot be listened on are refused with the setting's name and with what to write.</summary>
public sealed class ListenRulesTests
{
    private const string Example = "Write it as http://127.0.0.1:8000.";

    [Theory]
    [InlineData("http://127.0.0.1:99999", "has a port that is not a number from 0 to 65535. " + Example)]
    [InlineData("http://127.0.0.1:x", "has a port that is not a number from 0 to 65535. " + Example)]
    [InlineData("http://[::1]:", "has a port that is not a number from 0 to 65535. " + Example)]
    [InlineData("tcp://1.2.3.4:80", "begins with neither http:// nor https://. " + Example)]
    [InlineData("ftp://127.0.0.1", "begins with neither http:// nor https://. " + Example)]
    [InlineData("ws://127.0.0.1:8000", "begins with neither http:// nor https://. " + Example)]
    [InlineData("nonsense", "is not an address to listen on. " + Example)]
    [InlineData("http://", "is not an address to listen on. " + Example)]
    [InlineData("http://[::1:8000", "is not an address to listen on. " + Example)]
    [InlineData("http://127.0.0.1:8000/live", "has a path. " + Example + " The path below which people reach a gateway belongs into WEBSTREAM_PUBLIC_URL.")]
    [InlineData("http://127.0.0.1:1,http://127.0.0.1:2", "is not one address. Semicolons separate several: http://127.0.0.1:8000;http://127.0.0.1:8001.")]
    [InlineData("http://127.0.0.1:1 http://127.0.0.1:2", "is not one address. Semicolons separate several: http://127.0.0.1:8000;http://127.0.0.1:8001.")]
    public void Address_IsRefusedWithWhatIsWrong(string url, string fault)
    {
        Refusal(("urls", $"http://127.0.0.1:1; {url}")).ShouldBe($"URLS has '{url}', which {fault}");
        Refusal(("Kestrel:Endpoints:Web:Url", url)).ShouldBe($"Kestrel__Endpoints__Web__Url has '{url}', which {fault}");
        Should.Throw<StartRefusedException>(() => ListenRules.RefuseWrong(url)).Message.ShouldBe($"'{url}' {fault}");
    }

    [Theory]
    [InlineData("http_ports", "1,2", "HTTP_PORTS has '1,2', which is not a port. Write numbers from 0 to 65535 with semicolons between them: 8000;8001.")]
    [InlineData("https_ports", "1;99999", "HTTPS_PORTS has '99999', which is not a port. Write numbers from 0 to 65535 with semicolons between them: 8000;8001.")]
    [InlineData("http_ports", "${PORT}", "HTTP_PORTS holds a placeholder, such as ${NAME} or your-key, that nothing has filled in. Write the value itself, or leave the setting out. Write ports, for example 8000;8001.")]
    [InlineData("urls", "http://127.0.0.1:${PORT}", "URLS holds a placeholder, such as ${NAME} or your-key, that nothing has filled in. Write the value itself, or leave the setting out. " + Example)]
    [InlineData("urls", ";", "URLS names no address. " + Example)]
    [InlineData("Kestrel:Certificates:Default:Path", "/no/such.pfx", "Kestrel__Certificates__Default__Path names the file '/no/such.pfx', which does not exist or may not be seen by this user.")]
    [InlineData("Kestrel:Endpoints:A:Certificate:Path", "/no/such.pfx", "Kestrel__Endpoints__A__Certificate__Path names the file '/no/such.pfx', which does not exist or may not be seen by this user.")]
    public void Setting_IsRefusedByItsName(string name, string value, string error) => Refusal((name, value)).ShouldBe(error);

    [Fact]
    public void Certificate_WithAnotherPassword_IsRefusedByItsName()
    {
        using var key = RSA.Create(2048);
        using var made = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, made.Export(X509ContentType.Pfx, "right"));

            Should.NotThrow(() => Read(("Kestrel:Certificates:Default:Path", path), ("Kestrel:Certificates:Default:Password", "right")));
            Refusal(("Kestrel:Certificates:Default:Path", path), ("Kestrel:Certificates:Default:Password", "wrong"))
                .ShouldStartWith($"The certificate in Kestrel__Certificates__Default__Path ('{path}') cannot be read, or not with Kestrel__Certificates__Default__Password: ");
            Refusal(("Kestrel:Certificates:Default:Path", path), ("Kestrel:Certificates:Default:KeyPath", path))
                .ShouldStartWith($"The certificate in Kestrel__Certificates__Default__Path ('{path}') cannot be read, or not with Kestrel__Certificates__Default__KeyPath: ");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("urls", "http://127.0.0.1:8000; https://localhost/;http://*:0;http://[::1]:1;HTTP://+:2")]
    [InlineData("urls", "http://unix:/tmp/w.sock")]
    [InlineData("urls", "http://127.0.0.1")]
    [InlineData("http_ports", "8000; 8001")]
    [InlineData("http_ports", "")]
    public void Address_ThatCanBeListenedOn_IsTaken(string name, string value) => Should.NotThrow(() => Read((name, value)));

    private static string Refusal(params (string Name, string Value)[] settings) => Should.Throw<StartRefusedException>(() => Read(settings)).Message;

    private static void Read(params (string Name, string Value)[] settings) => ListenRules.RefuseWrong(new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Name, (string?)setting.Value)))
        .Build());
}
