namespace Webstream.Gateway.Tests.Hosting;

/// <summary>One gateway for all tests of a class, each with a stream of its own.</summary>
public class GatewayFixture : IAsyncLifetime
{
    private readonly (string Key, string Value)[] settings;
    private TestGateway? gateway;

    public GatewayFixture()
        : this([])
    {
    }

    protected GatewayFixture(params (string Key, string Value)[] settings) => this.settings = settings;

    public TestGateway Gateway => gateway ?? throw new InvalidOperationException("The gateway has not started.");

    public async ValueTask InitializeAsync() => gateway = await TestGateway.StartAsync(settings);

    public async ValueTask DisposeAsync()
    {
        await (gateway?.DisposeAsync() ?? default);
        GC.SuppressFinalize(this);
    }
}
