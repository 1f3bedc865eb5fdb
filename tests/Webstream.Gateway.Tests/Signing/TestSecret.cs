using System.Security.Cryptography;
using Webstream.Gateway.Signing;

namespace Webstream.Gateway.Tests.Signing;

/// <summary>Secrets for tests.</summary>
internal static class TestSecret
{
    /// <summary>A secret that its gateway knows.</summary>
    public static EventIdSecret Known()
    {
        var made = RandomNumberGenerator.GetBytes(32);
        var secret = new EventIdSecret(() => Task.FromResult(made), TimeProvider.System);
        secret.WaitAsync(CancellationToken.None).GetAwaiter().GetResult();
        return secret;
    }
}
