namespace Webstream.Grains.Secrets;

/// <summary>Secrets that end with this process, as its histories do.</summary>
internal sealed class InMemorySecretStore : ISecretStore
{
    private readonly byte[] eventIds = Secret.New();

    public Task<byte[]> EventIdsAsync() => Task.FromResult(eventIds);
}
