namespace Webstream.Grains;

/// <summary>All keys at a moment.</summary>
/// <param name="Version">Another number after each change; 0 when there never was a key.</param>
/// <param name="Keys">The keys, also those that have expired.</param>
/// <param name="Persistent">They outlive the processes of the cluster.</param>
[GenerateSerializer, Alias("webstream.KeyList"), Immutable]
public sealed record KeyList([property: Id(0)] long Version, [property: Id(1)] StoredKey[] Keys, [property: Id(2)] bool Persistent)
{
    /// <summary>The most keys that are kept.</summary>
    public const int MaxKeys = 1000;
}

/// <summary>What became of a new key. The numbers cross the wire, so they never change.</summary>
[GenerateSerializer, Alias("webstream.KeyOutcome")]
public enum KeyOutcome
{
    /// <summary>It is kept.</summary>
    Added = 0,

    /// <summary>There are <see cref="KeyList.MaxKeys"/> already.</summary>
    Full = 1,

    /// <summary>Its id is taken: make another one.</summary>
    Taken = 2,
}
