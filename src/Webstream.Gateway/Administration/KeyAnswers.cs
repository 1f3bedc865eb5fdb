using System.Text.Json;
using System.Text.Json.Serialization;
using Webstream.Grains;

namespace Webstream.Gateway.Administration;

/// <summary>A key as it is shown: without what it is recognised by.</summary>
internal sealed record ShownKey
{
    /// <summary>What revokes it.</summary>
    public required string Id { get; init; }

    /// <summary>Who has it.</summary>
    public required string Name { get; init; }

    /// <summary>The streams it may push to.</summary>
    public required string[] Publish { get; init; }

    /// <summary>The streams it may listen to.</summary>
    public required string[] Subscribe { get; init; }

    /// <summary>The streams whose messages it may read.</summary>
    public required string[] History { get; init; }

    /// <summary>The streams whose permission questions it may answer.</summary>
    public required string[] Approve { get; init; }

    /// <summary>Whether it may do what cannot be undone.</summary>
    public required bool Admin { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>When it ends; null: when it is revoked.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>How much whoever has it may do.</summary>
    public KeyLimits? Limits { get; init; }

    /// <summary>What the streams that were begun with keys of this name hold. Only in lists; null: it is not known now.</summary>
    public UsedByKey? Used { get; init; }

    /// <summary>The key itself. Only in the answer to the request that made it, and never again.</summary>
    public string? Key { get; init; }

    /// <summary>With <see cref="Key"/>: it outlives the processes of the cluster.</summary>
    public bool? Persistent { get; init; }

    public static ShownKey Of(StoredKey key) => new()
    {
        Id = key.Id,
        Name = key.Name,
        Publish = key.Rights.Publish,
        Subscribe = key.Rights.Subscribe,
        History = key.Rights.History,
        Approve = key.Rights.Approve,
        Admin = key.Rights.Admin,
        Created = key.Created,
        Expires = key.Expires,
        Limits = key.Limits,
    };
}

/// <summary>What the streams that were begun with a key hold, over the whole cluster.</summary>
/// <param name="Streams">How many have messages.</param>
/// <param name="Bytes">What these retain.</param>
internal sealed record UsedByKey(long Streams, long Bytes)
{
    public static UsedByKey Of(KeyUse use) => new(use.Streams, use.Bytes);
}

/// <summary>The body of <c>POST /api/keys</c>, as the command sends it.</summary>
internal sealed record AskedKey(
    string Name, string[] Publish, string[] Subscribe, string[] History, string[] Approve, bool Admin, DateTimeOffset? Expires, KeyLimits? Limits);

/// <summary>The answer to <c>GET /api/keys</c>.</summary>
/// <param name="Keys">The keys, by name and time.</param>
/// <param name="Persistent">They outlive the processes of the cluster.</param>
internal sealed record ShownKeys(IReadOnlyList<ShownKey> Keys, bool Persistent);

/// <summary>The answer to <c>DELETE /api/keys/{id}</c>.</summary>
/// <param name="Status">Always <c>success</c>.</param>
/// <param name="Id">The key's id.</param>
internal sealed record RevokedKey(string Status, string Id);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AskedKey))]
[JsonSerializable(typeof(ShownKey))]
[JsonSerializable(typeof(ShownKeys))]
[JsonSerializable(typeof(RevokedKey))]
internal sealed partial class KeyAnswersJson : JsonSerializerContext;
