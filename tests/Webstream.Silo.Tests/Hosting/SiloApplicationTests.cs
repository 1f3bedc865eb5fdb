using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Hosting;
using Webstream.Grains;
using Webstream.Grains.Hosting;
using Webstream.Protocol;
using Webstream.ServiceDefaults.Settings;
using Webstream.ServiceDefaults.Starting;
using Webstream.Silo.Hosting;

namespace Webstream.Silo.Tests.Hosting;

public sealed class SiloApplicationTests
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Silo_WithAClient_TakesAPushAndAnswersHealth()
    {
        var (siloPort, gatewayPort) = (FreePort.Take(), FreePort.Take());
        await using var silo = Build(siloPort, gatewayPort);
        await silo.StartAsync(Ended);
        using var client = BuildClient(gatewayPort);
        await client.StartAsync(Ended);

        var grain = client.Services.GetRequiredService<IGrainFactory>().GetGrain<IStreamGrain>("through-a-client");
        var answer = await grain.Push(new([new PushItem { Message = "hello" }], "key-1", TimeSpan.FromSeconds(5)));

        answer.Outcome.ShouldBe(PushOutcome.Accepted);
        (await grain.Read(new(0, 10, 1024))).Messages.ShouldHaveSingleItem().Message.ShouldBe("hello");
        using var http = new HttpClient { BaseAddress = new(silo.Urls.First()) };
        (await http.GetStringAsync("/health/ready", Ended)).ShouldBe("Healthy");
        (await http.GetStringAsync("/health/write", Ended)).ShouldBe("Healthy");
        (await http.GetStringAsync("/health/live", Ended)).ShouldBe("Healthy");
        await client.StopAsync(Ended);
        await silo.StopAsync(Ended);
    }

    [Fact]
    public void Build_WithAWrongPort_SaysWhatToWrite()
    {
        var failure = Should.Throw<StartRefusedException>(() => Build(70_000, 30_000));

        failure.Message.ShouldBe("Webstream__Cluster__SiloPort is a port from 1 to 65535, for example 11111, or 0 for a free one.");
    }

    [Fact]
    public async Task Build_WithTheGatewaysSettings_TakesThem()
    {
        // One environment may serve both programs. The silo knows only the names of the gateway's own settings.
        (string, string)[] settings =
        [
            .. KnownSettings.Names.Where(name => !IsTheSilos(name)).Select(name => (name.Replace("__", ":", StringComparison.Ordinal), "for the gateway")),
        ];
        settings.ShouldContain(("Webstream:Listeners:Max", "for the gateway"));

        await using var silo = Build(0, 0, settings);

        silo.Services.GetRequiredService<IStartupValidator>().Validate();
    }

    [Fact]
    public async Task Silo_Registers_NothingThatIsNotListed()
    {
        await using var silo = Build(0, 0);

        var registered = silo.Services.GetServices<SettingsSection>().SelectMany(section => section.SettingNames).ToList();

        registered.Except(KnownSettings.Names).ShouldBeEmpty();
        registered.ShouldBe(KnownSettings.Names.Where(IsTheSilos), ignoreOrder: true);
    }

    private static bool IsTheSilos(string name) =>
        new[] { "Cluster", "Console", "Log", "Memory", "Presence", "Queue", "Stream", "Streams" }.Contains(name.Split("__")[1]);

    private static WebApplication Build(int siloPort, int gatewayPort, params (string Name, string Value)[] settings) => SiloApplication.Build(["--urls", "http://127.0.0.1:0"], builder =>
    {
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(
        [
            new("Webstream:Cluster:SiloPort", $"{siloPort}"),
            new("Webstream:Log:Store", "memory"),
            new("Webstream:Cluster:GatewayPort", $"{gatewayPort}"),
            .. settings.Select(setting => KeyValuePair.Create(setting.Name, (string?)setting.Value)),
        ]);
    });

    private static IHost BuildClient(int gatewayPort)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleansClient(client => client
            .UseStaticClustering(new IPEndPoint(IPAddress.Loopback, gatewayPort))
            .Configure<Orleans.Configuration.ClusterOptions>(names => ClusterMembership.Name(names, new()))
            .AddWebstream(builder.Configuration.GetSection("Webstream")));
        return builder.Build();
    }
}
