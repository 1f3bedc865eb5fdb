using System.Security.Cryptography;

namespace Webstream.Grains.Secrets;

/// <summary>Keeps the secrets of a cluster, where the histories are kept. Safe for any thread.</summary>
internal interface ISecretStore
{
    /// <summary>The secret with which event ids are signed. It is made when it is asked for the first time.</summary>
    Task<byte[]> EventIdsAsync();
}

/// <summary>Makes secrets.</summary>
internal static class Secret
{
    /// <summary>How long a secret is, in bytes: as the hash with which it is used.</summary>
    public const int Length = 32;

    /// <summary>The name of the secret with which event ids are signed.</summary>
    public const string EventIds = "event-ids";

    /// <summary>A secret that nobody can guess.</summary>
    public static byte[] New() => RandomNumberGenerator.GetBytes(Length);
}
