namespace Webstream.Protocol;

/// <summary>Why bytes from outside are not taken as JSON.</summary>
public enum JsonFaultKind
{
    /// <summary>They are not UTF-8.</summary>
    NotUtf8,

    /// <summary>They are UTF-16.</summary>
    Utf16,

    /// <summary>They are not JSON, or are more than one value.</summary>
    Broken,

    /// <summary>They are nested more than <see cref="StrictJson.MaxDepth"/> levels deep.</summary>
    TooDeep,

    /// <summary>An object has a member twice. Readers do not agree which of the two counts.</summary>
    Repeated,

    /// <summary>A name or a text holds half of a character (a lone surrogate), which no other encoding can hold.</summary>
    HalfCharacter,
}

/// <summary>What is wrong with JSON from outside.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Path">
/// Where the fault is: the names of the members with dots between them, and the indexes in lists, as <c>params.arguments.options[1]</c>.
/// Empty when the fault is in the value as a whole. It holds the sender's own text. For a name that cannot be read, it names the object.
/// </param>
/// <param name="InName">The fault is in a member's name, not in its value.</param>
public sealed record JsonFault(JsonFaultKind Kind, string Path = "", bool InName = false)
{
    /// <summary>The same fault, with its path seen from the enclosing value.</summary>
    internal JsonFault Below(string name) => this with { Path = Path.Length == 0 ? name : Path[0] == '[' ? name + Path : $"{name}.{Path}" };
}
