using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using Webstream.Protocol;

namespace Webstream.Grains;

/// <summary>A key as it is written: in Redis, on disk, and in a file of keys.</summary>
public static class KeyJson
{
    /// <summary>The longest name of a key, in characters: it is a <c>source</c> of messages.</summary>
    public const int MaxNameLength = PushRules.MaxSourceLength;

    private const string HashPrefix = "sha256:";
    private const int HashBytes = 32;

    /// <summary>Writes a key as one JSON object.</summary>
    public static string Write(StoredKey key) => JsonSerializer.Serialize(WrittenKey.Of(key), WrittenKeysJson.Default.WrittenKey);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <returns>False when it is not that.</returns>
    public static bool TryRead(string? json, [NotNullWhen(true)] out StoredKey? key)
    {
        key = null;
        try
        {
            key = json is null ? null : JsonSerializer.Deserialize(json, WrittenKeysJson.Default.WrittenKey)?.ToKey();
        }
        catch (JsonException)
        {
            // What nobody wrote gives nobody a right.
        }

        return key is not null;
    }

    /// <summary>Writes a file of keys.</summary>
    public static byte[] WriteFile(IEnumerable<StoredKey> keys) =>
        JsonSerializer.SerializeToUtf8Bytes(new WrittenKeys([.. keys.Select(WrittenKey.Of)]), WrittenKeysJson.Default.WrittenKeys);

    /// <summary>Reads a file of keys.</summary>
    /// <exception cref="FormatException">It is not one. The text says where, as a sentence without its full stop.</exception>
    public static StoredKey[] ReadFile(ReadOnlySpan<byte> json)
    {
        WrittenKey[] records;
        try
        {
            records = JsonSerializer.Deserialize(json, WrittenKeysJson.Default.WrittenKeys)?.Keys
                ?? throw new FormatException("it has no member keys, which is the list of keys");
        }
        catch (JsonException failure)
        {
            throw new FormatException($"it is not JSON of the form {{\"keys\": [...]}}: {failure.Path ?? "$"}, line {failure.LineNumber + 1}");
        }

        var keys = new StoredKey[records.Length];
        for (var i = 0; i < records.Length; i++)
        {
            keys[i] = records[i]?.ToKey() ?? throw new FormatException($"key {i + 1} has no id, name and hash, or a pattern or name breaks its rule");
        }

        return keys.Select(key => key.Id).Distinct(StringComparer.Ordinal).Count() == keys.Length
            ? keys
            : throw new FormatException("two of its keys have the same id");
    }

    /// <summary>Whether a text can be the name of a key.</summary>
    public static bool IsName(string? text) =>
        StreamName.TryParse(text, out _) && text!.Length <= MaxNameLength && text != StoredKey.DefaultName;

    internal static string Hash(byte[] hash) => HashPrefix + Convert.ToHexStringLower(hash);

    internal static byte[]? Hash(string? text)
    {
        var bytes = new byte[HashBytes];
        return text?.StartsWith(HashPrefix, StringComparison.Ordinal) == true && text.Length == HashPrefix.Length + (2 * HashBytes)
            && Convert.FromHexString(text.AsSpan(HashPrefix.Length), bytes, out _, out _) == System.Buffers.OperationStatus.Done
                ? bytes
                : null;
    }
}

/// <summary>A file of keys.</summary>
internal sealed record WrittenKeys(WrittenKey[]? Keys);

/// <summary>The members of a key.</summary>
internal sealed record WrittenKey
{
    public string? Id { get; init; }

    public string? Name { get; init; }

    public string? Hash { get; init; }

    public string[]? Publish { get; init; }

    public string[]? Subscribe { get; init; }

    public string[]? History { get; init; }

    public string[]? Approve { get; init; }

    public bool Admin { get; init; }

    public DateTimeOffset? Created { get; init; }

    public DateTimeOffset? Expires { get; init; }

    public KeyLimits? Limits { get; init; }

    public static WrittenKey Of(StoredKey key) => new()
    {
        Id = key.Id,
        Name = key.Name,
        Hash = KeyJson.Hash(key.Hash),
        Publish = NoneIfEmpty(key.Rights.Publish),
        Subscribe = NoneIfEmpty(key.Rights.Subscribe),
        History = NoneIfEmpty(key.Rights.History),
        Approve = NoneIfEmpty(key.Rights.Approve),
        Admin = key.Rights.Admin,
        Created = key.Created,
        Expires = key.Expires,
        Limits = key.Limits,
    };

    public StoredKey? ToKey()
    {
        var rights = new KeyRights { Publish = Publish ?? [], Subscribe = Subscribe ?? [], History = History ?? [], Approve = Approve ?? [], Admin = Admin };
        return Id is { Length: 16 } && KeyJson.IsName(Name) && KeyJson.Hash(Hash) is { } hash && rights.AreValid
            ? new() { Id = Id, Name = Name!, Hash = hash, Rights = rights, Created = Created ?? default, Expires = Expires, Limits = Limits }
            : null;
    }

    private static string[]? NoneIfEmpty(string[] patterns) => patterns.Length == 0 ? null : patterns;
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    WriteIndented = true)]
[JsonSerializable(typeof(WrittenKey))]
[JsonSerializable(typeof(WrittenKeys))]
internal sealed partial class WrittenKeysJson : JsonSerializerContext;
