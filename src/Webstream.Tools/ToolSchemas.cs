using System.Text.Json;
using System.Text.Json.Nodes;

namespace Webstream.Tools;

/// <summary>Finishes the schemas that the SDK makes of methods and types.</summary>
internal static class ToolSchemas
{
    /// <summary>
    /// Puts a type in each place where it is meant: not every client follows references. Removes <c>null</c> from the types: both sides leave out absent members, and strict clients warn of lists of types.
    /// Sets the defaults that this server has.
    /// </summary>
    public static JsonElement Plain(JsonElement schema, GatewayDefaults defaults)
    {
        var root = (JsonObject)WithoutReferences(JsonObject.Create(schema)!, schema)!;
        Clean(root);
        if (root["properties"] is JsonObject properties)
        {
            SetDefault(properties, "port", JsonValue.Create(defaults.Port));
            SetDefault(properties, "host", JsonValue.Create(defaults.Host));
        }

        return Element(root);
    }

    /// <summary>
    /// What a model reads of the arguments. It costs tokens in every conversation, so it leaves out what the descriptions say, and what says
    /// nothing. All of it is checked all the same, and an answer to a wrong argument has the rule in words.
    /// </summary>
    /// <param name="taken">The schema of all arguments that the tool takes.</param>
    /// <param name="without">The arguments that change nothing where this is advertised.</param>
    public static JsonElement Advertised(JsonElement taken, params IEnumerable<string> without)
    {
        var root = JsonObject.Create(taken)!;
        if (root["properties"] is JsonObject properties)
        {
            foreach (var name in without)
            {
                properties.Remove(name);
            }

            foreach (var (name, property) in properties)
            {
                Shorten(name, property!.AsObject());
            }
        }

        return Element(root);
    }

    private static void Shorten(string name, JsonObject property)
    {
        string[] dropped = name == "port" ? ["minimum", "maximum"] : ["pattern", "maxLength"];
        foreach (var rule in dropped)
        {
            property.Remove(rule);
        }

        // These are what an argument means that is left out, or the description says it.
        if (property["default"]?.ToJsonString() is "\"\"" or "0" or "false" or "\"main\"")
        {
            property.Remove("default");
        }
    }

    private static JsonElement Element(JsonObject root)
    {
        using var document = JsonDocument.Parse(root.ToJsonString());
        return document.RootElement.Clone();
    }

    private static void SetDefault(JsonObject properties, string name, JsonNode value)
    {
        if (properties[name] is JsonObject property && property.ContainsKey("default"))
        {
            property["default"] = value;
        }
    }

    // The SDK writes a type once, and refers to it from the other places. No type of ours holds itself.
    private static JsonNode? WithoutReferences(JsonNode? node, JsonElement root)
    {
        switch (node)
        {
            case JsonArray list:
                return new JsonArray([.. list.Select(item => WithoutReferences(item, root))]);
            case JsonObject schema when schema["$ref"]?.GetValue<string>() is { } reference:
                var meant = root;
                foreach (var step in reference.Split('/').Skip(1))
                {
                    meant = meant.GetProperty(step);
                }

                var written = (JsonObject)WithoutReferences(JsonObject.Create(meant), root)!;
                foreach (var (name, value) in schema.Where(member => member.Key != "$ref"))
                {
                    written[name] = value?.DeepClone();
                }

                return written;
            case JsonObject schema:
                return new JsonObject(schema.Select(member => KeyValuePair.Create(member.Key, WithoutReferences(member.Value, root))));
            default:
                return node?.DeepClone();
        }
    }

    private static void Clean(JsonNode? node)
    {
        if (node is JsonArray list)
        {
            foreach (var item in list)
            {
                Clean(item);
            }
        }
        else if (node is JsonObject schema)
        {
            if (schema["type"] is JsonArray types && types.Select(type => type!.GetValue<string>()).Where(type => type != "null").ToArray() is [var single])
            {
                schema["type"] = single;
            }

            if (schema.TryGetPropertyValue("default", out var absent) && absent is null)
            {
                schema.Remove("default");
            }

            foreach (var (_, child) in schema)
            {
                Clean(child);
            }
        }
    }
}
