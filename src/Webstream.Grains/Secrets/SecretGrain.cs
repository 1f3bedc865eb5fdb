using Orleans.Concurrency;

namespace Webstream.Grains.Secrets;

/// <summary>Passes questions on to the store of this silo.</summary>
[StatelessWorker, Reentrant]
internal sealed class SecretGrain(ISecretStore store) : Grain, ISecretGrain
{
    public Task<byte[]> EventIds() => store.EventIdsAsync();
}
