using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Webstream.Gateway.Tests.Hosting;
using Webstream.Gateway.Tests.Listening;

namespace Webstream.Gateway.Tests.Health;

/// <summary><c>webstream-gateway health</c>, as a container's health check runs it.</summary>
public sealed class HealthCommandTests
{
    [Fact]
    public async Task Health_OfAReadyGateway_EndsWithZero()
    {
        await using var gateway = await TestGateway.StartAsync();
        var url = new Uri(gateway.Address, "/health/ready");
        await using var run = GatewayRun.Start($"health --url {url}");

        (await run.EndAsync()).ShouldBe(0);
        run.Output.ShouldHaveSingleItem().ShouldBe($"{url}: 200 Healthy");
    }

    [Fact]
    public async Task Health_OfAnEndpointThatRefuses_EndsWithOne()
    {
        await using var gateway = await TestGateway.StartAsync();
        var url = new Uri(gateway.Address, "/health/none");
        await using var run = GatewayRun.Start($"health --url {url}");

        (await run.EndAsync()).ShouldBe(1);
        run.Output[0].ShouldStartWith($"{url}: 404 ");
    }

    [Fact]
    public async Task Health_WhereNothingListens_EndsWithOneAndSaysSo()
    {
        await using var run = GatewayRun.Start("health --url http://127.0.0.1:1/health/ready");

        (await run.EndAsync()).ShouldBe(1);
        run.Output.ShouldHaveSingleItem().ShouldStartWith("http://127.0.0.1:1/health/ready: ");
        run.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Health_OfWhatIsNoAddress_EndsWithOneAndSaysWhatToWrite()
    {
        await using var run = GatewayRun.Start("health --url nonsense");

        (await run.EndAsync()).ShouldBe(1);
        run.Output.ShouldHaveSingleItem().ShouldBe("'nonsense' is not an address to ask. Write it as http://127.0.0.1:8000/health/ready.");
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    public async Task Health_OfABaseAddress_AsksWhetherThatGatewayIsReady(string path)
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var run = GatewayRun.Start($"health --url {gateway.Address.GetLeftPart(UriPartial.Authority)}{path}");

        (await run.EndAsync()).ShouldBe(0);
        run.Output.ShouldHaveSingleItem().ShouldBe($"{new Uri(gateway.Address, "/health/ready")}: 200 Healthy");
    }

    [Theory]
    [InlineData("text/html", "<!doctype html>")]
    [InlineData("text/plain", "Healthy")]
    public async Task Health_OfAnotherProgramThatSaysYes_EndsWithOneAndSaysThatItIsAnother(string type, string body)
    {
        await using var other = await OtherServer.StartAsync("http://127.0.0.1:0", context =>
        {
            context.Response.ContentType = type;
            return context.Response.WriteAsync(body);
        });
        await using var run = GatewayRun.Start($"health --url {other.Address}");

        (await run.EndAsync()).ShouldBe(1);
        run.Output.ShouldHaveSingleItem().ShouldBe(
            $"{other.Address}health/ready: 200 from what is no health endpoint of a Webstream gateway or silo. Another program listens there, or the address is another one.");
    }

    [Fact]
    public async Task Health_ThatIsSentElsewhere_EndsWithOneAndSaysWhere()
    {
        await using var other = await OtherServer.StartAsync("http://127.0.0.1:0", context =>
        {
            context.Response.Redirect("https://stream.example.org/");
            return Task.CompletedTask;
        });
        await using var run = GatewayRun.Start($"health --url {other.Address}");

        (await run.EndAsync()).ShouldBe(1);
        run.Output.ShouldHaveSingleItem().ShouldEndWith(": 302 sends callers to https://stream.example.org/. Ask there.");
    }

    [Theory]
    [InlineData("ASPNETCORE_URLS", "http://127.0.0.1:{0}", "")]
    [InlineData("ASPNETCORE_URLS", "http://0.0.0.0:{0}", "")]
    [InlineData("URLS", "http://*:{0}", "")]
    [InlineData("DOTNET_URLS", "http://+:{0};http://127.0.0.1:0", "")]
    [InlineData("ASPNETCORE_HTTP_PORTS", "{0}", "")]
    [InlineData("HTTP_PORTS", "{0}", "")]
    [InlineData("ASPNETCORE_URLS", "http://127.0.0.1:1", "--host 127.0.0.1 --port {0}")]
    [InlineData("NONE", "", "--port {0}")]
    [InlineData("NONE", "", "--urls http://127.0.0.1:{0}")]
    public async Task Health_WithoutAnAddress_AsksTheGatewayThatHasTheSameSettings(string name, string value, string arguments)
    {
        var port = FreePort();
        (string, string) setting = (name, string.Format(CultureInfo.InvariantCulture, value, port));
        arguments = string.Format(CultureInfo.InvariantCulture, arguments, port);
        await using var gateway = await GatewayRun.Start(arguments, setting).UpAsync();
        gateway.Output[0].ShouldStartWith("Webstream ");

        await using var run = GatewayRun.Start($"health {arguments}", setting);

        (await run.EndAsync()).ShouldBe(0);
        run.Output.ShouldHaveSingleItem().ShouldBe($"http://127.0.0.1:{port}/health/ready: 200 Healthy");
    }

    [Fact]
    public async Task Health_OfAGatewayWithACertificateOfItsOwnMaking_EndsWithZero()
    {
        using var certificate = SecureListeningTests.Certificate();
        await using var gateway = await TestGateway.StartAsync(
            "https://127.0.0.1:0", builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = certificate)));

        await using var asked = GatewayRun.Start("health", ("ASPNETCORE_URLS", gateway.Address.GetLeftPart(UriPartial.Authority)));
        await using var named = GatewayRun.Start($"health --url {gateway.Address}");

        (await asked.EndAsync()).ShouldBe(0);
        (await named.EndAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Health_WhereTheSystemChoosesThePort_SaysWhatToWrite()
    {
        await using var run = GatewayRun.Start("health", ("ASPNETCORE_URLS", "http://127.0.0.1:0"));

        (await run.EndAsync()).ShouldBe(1);
        run.Output.ShouldHaveSingleItem().ShouldContain("--url http://127.0.0.1:8000");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
