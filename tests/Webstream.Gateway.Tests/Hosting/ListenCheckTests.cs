using System.Net;
using Webstream.Gateway.Hosting;
using Webstream.Protocol;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>What the web server is told to listen on, and what is said of other programs on the same port.</summary>
public sealed class ListenCheckTests
{
    [Theory]
    [InlineData("http://*:PORT", "http://0.0.0.0:PORT;http://[::]:PORT")]
    [InlineData("https://+:PORT", "https://0.0.0.0:PORT;https://[::]:PORT")]
    [InlineData("http://localhost:PORT", "http://127.0.0.1:PORT;http://[::1]:PORT")]
    [InlineData("http://0.0.0.0:PORT", "http://0.0.0.0:PORT")]
    [InlineData("http://127.0.0.1:PORT", "http://127.0.0.1:PORT")]
    [InlineData("http://[::1]:PORT", "http://[::1]:PORT")]
    [InlineData("http://[::]:PORT", "http://[::]:PORT")]
    [InlineData("http://0.0.0.0:PORT;http://[::]:PORT", "http://0.0.0.0:PORT;http://[::]:PORT")]
    [InlineData("http://unix:/tmp/w.sock;http://127.0.0.1:PORT", "http://unix:/tmp/w.sock;http://127.0.0.1:PORT")]
    public void Addresses_ThatAreFree_AreServedInTheFamiliesThatTheyName(string urls, string served)
    {
        Ports.NeedIPv6();
        var port = Ports.Free();
        using var plan = ListenCheck.Plan(With(urls, port));

        plan.Urls.ShouldBe(With(served, port));
        plan.Written.ShouldBe(With(urls, port));
        plan.Warnings.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("http://*:PORT", "::1", "http://0.0.0.0:PORT")]
    [InlineData("http://*:PORT", "::", "http://0.0.0.0:PORT")]
    [InlineData("http://localhost:PORT", "::1", "http://127.0.0.1:PORT")]
    [InlineData("http://0.0.0.0:PORT", "::1", "http://0.0.0.0:PORT")]
    [InlineData("http://127.0.0.1:PORT", "::", "http://127.0.0.1:PORT")]
    [InlineData("http://[::1]:PORT", "127.0.0.1", "http://[::1]:PORT")]
    public void Program_OnTheOtherFamily_IsToldAndTheStartGoesOn(string urls, string foreign, string served)
    {
        Ports.NeedIPv6();
        using var other = Ports.Listen(IPAddress.Parse(foreign));
        var port = ((IPEndPoint)other.LocalEndPoint!).Port;
        using var plan = ListenCheck.Plan(With(urls, port));

        plan.Urls.ShouldBe(With(served, port));
        plan.Warnings.ShouldHaveSingleItem().ShouldStartWith($"another program listens on {(foreign == "127.0.0.1" ? foreign : "[::1]")}:{port}. ");
        plan.Ports.IsLocalhostShared(port).ShouldBeTrue();
    }

    [Theory]
    [InlineData("http://*:PORT", "127.0.0.1")]
    [InlineData("http://localhost:PORT", "127.0.0.1")]
    [InlineData("http://0.0.0.0:PORT", "127.0.0.1")]
    [InlineData("http://[::1]:PORT", "::1")]
    [InlineData("http://127.0.0.1:PORT;http://[::1]:PORT", "::1")]
    public void Program_AtAnAddressThatIsNeeded_EndsTheStart(string urls, string foreign)
    {
        Ports.NeedIPv6();
        using var other = Ports.Listen(IPAddress.Parse(foreign));
        var port = ((IPEndPoint)other.LocalEndPoint!).Port;

        Should.Throw<StartRefusedException>(() => ListenCheck.Plan(With(urls, port))).Code.ShouldBe(ExitCode.InUse);
    }

    [Theory]
    [InlineData("http://127.0.0.1:PORT;http://localhost:PORT", "http://localhost:PORT and http://127.0.0.1:PORT name one address twice: 127.0.0.1:PORT. Leave one of them out.")]
    [InlineData("http://localhost:PORT;http://[::1]:PORT", "http://[::1]:PORT and http://[::1]:PORT name one address twice: [::1]:PORT. Leave one of them out.")]
    [InlineData("http://*:PORT;https://127.0.0.1:PORT", "https://127.0.0.1:PORT and http://0.0.0.0:PORT name one address twice: 127.0.0.1:PORT. Leave one of them out.")]
    [InlineData("http://127.0.0.1:PORT;http://127.0.0.1:PORT", "http://127.0.0.1:PORT and http://127.0.0.1:PORT name one address twice: 127.0.0.1:PORT. Leave one of them out.")]
    public void Address_ThatStandsTwice_IsRefusedAsSuch(string urls, string error)
    {
        Ports.NeedIPv6();
        var port = Ports.Free();

        Should.Throw<StartRefusedException>(() => ListenCheck.Plan(With(urls, port))).ShouldSatisfyAllConditions(
            refused => refused.Message.ShouldBe(With(error, port)), refused => refused.Code.ShouldBe(ExitCode.Refused));
    }

    [Fact]
    public void Port_ThatTheSystemChooses_IsOneForBothFamiliesAndIsKept()
    {
        Ports.NeedIPv6();
        using var plan = ListenCheck.Plan("http://*:0");

        var urls = ListenUrls.Split(plan.Urls).Select(url => new Uri(url)).ToArray();
        urls.Select(url => url.Host).ShouldBe(["0.0.0.0", "[::]"]);
        urls[1].Port.ShouldBe(urls[0].Port);
        using var ipv4 = plan.Bind(new IPEndPoint(IPAddress.Any, urls[0].Port));
        using var ipv6 = plan.Bind(new IPEndPoint(IPAddress.IPv6Any, urls[0].Port));
        ipv4.Listen();
        ipv6.Listen();
        ((IPEndPoint)ipv6.LocalEndPoint!).Port.ShouldBe(urls[0].Port);
    }

    private static string With(string urls, int port) => urls.Replace("PORT", $"{port}", StringComparison.Ordinal);
}
