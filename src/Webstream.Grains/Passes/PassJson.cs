using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Webstream.Grains.Passes;

/// <summary>A pass as it is written, in Redis and on disk.</summary>
internal static class PassJson
{
    public static string Write(StoredPass pass) => JsonSerializer.Serialize(pass, WrittenPassJson.Default.StoredPass);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <returns>False when it is not that.</returns>
    public static bool TryRead(string? json, [NotNullWhen(true)] out StoredPass? pass)
    {
        pass = null;
        try
        {
            pass = json is null ? null : JsonSerializer.Deserialize(json, WrittenPassJson.Default.StoredPass);
        }
        catch (JsonException)
        {
            // What nobody wrote gives nobody a right.
        }

        return pass is not null;
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    IgnoreReadOnlyProperties = true,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(StoredPass))]
internal sealed partial class WrittenPassJson : JsonSerializerContext;
