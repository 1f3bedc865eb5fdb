namespace Webstream.Grains;

/// <summary>By what the holder of a pass proved itself. The numbers cross the wire and are kept, so they never change.</summary>
[GenerateSerializer, Alias("webstream.PassHolderKind")]
public enum PassHolderKind
{
    /// <summary>A named key.</summary>
    Key = 0,

    /// <summary>The shared key.</summary>
    DefaultKey = 1,

    /// <summary>A token.</summary>
    Token = 2,
}

/// <summary>Whose right a pass carries. Only of a token the rights are kept: they stand in the token, and nowhere else.</summary>
[GenerateSerializer, Alias("webstream.PassHolder"), Immutable]
public sealed record PassHolder
{
    /// <summary>By what it proved itself.</summary>
    [Id(0)]
    public required PassHolderKind Kind { get; init; }

    /// <summary>The key's name, or a token's subject and issuer.</summary>
    [Id(1)]
    public required string Name { get; init; }

    /// <summary>The id of a named key.</summary>
    [Id(2)]
    public string? KeyId { get; init; }

    /// <summary>
    /// Of the shared key: an HMAC of it, with the pass as the secret. A changed key ends its passes, and whoever reads the store cannot guess the key by it.
    /// </summary>
    [Id(3)]
    public string? Proof { get; init; }

    /// <summary>Of a token: its issuer. A pass counts only as long as tokens of this issuer do.</summary>
    [Id(4)]
    public string? Issuer { get; init; }

    /// <summary>Of a token: the source that it vouches for.</summary>
    [Id(5)]
    public string? Subject { get; init; }

    /// <summary>Of a token: what it gives.</summary>
    [Id(6)]
    public KeyRights? Rights { get; init; }

    /// <summary>Of a token: when that ends.</summary>
    [Id(7)]
    public DateTimeOffset? Ends { get; init; }

    /// <summary>Tells holders apart, to count the passes of each.</summary>
    internal string Account => Kind switch
    {
        PassHolderKind.Key => $"key {KeyId}",
        PassHolderKind.DefaultKey => "default",
        _ => $"token {Name}",
    };
}
