using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Webstream.Gateway.Tokens;

namespace Webstream.Gateway.Tests.Tokens;

/// <summary>The judging of tokens as the gateway registers it, without the gateway, and with a clock of the test's own.</summary>
internal sealed class TokenRig : IDisposable
{
    private readonly ServiceProvider services;

    public TokenRig(TimeProvider time, params (string Name, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Select(one => KeyValuePair.Create(one.Name, (string?)one.Value))).Build();
        services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(time)
            .AddAuthenticationCore()
            .AddWebEncoders()
            .AddTokens(configuration.GetSection("Webstream"))
            .BuildServiceProvider();
    }

    public ValueTask<TokenJudgement> JudgeAsync(string token) =>
        services.GetRequiredService<TokenJudge>().JudgeAsync(new DefaultHttpContext { RequestServices = services }, token);

    public void Dispose() => services.Dispose();
}
