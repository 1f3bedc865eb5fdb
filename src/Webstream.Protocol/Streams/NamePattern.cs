namespace Webstream.Protocol;

/// <summary>A pattern of stream names: one name, or the beginning of names and <c>*</c> (<c>ci.*</c>). <c>*</c> alone matches every name.</summary>
public static class NamePattern
{
    /// <summary>The pattern that matches every name.</summary>
    public const string All = "*";

    /// <summary>The rule in words, for error messages.</summary>
    public const string Rule = "the name of a stream, or the beginning of names and *, for example ci.*";

    /// <summary>Whether a text is a pattern.</summary>
    public static bool IsValid(string text) => text == All || StreamName.TryParse(text.EndsWith('*') ? text[..^1] : text, out _);

    /// <summary>Whether a pattern matches a name.</summary>
    public static bool Matches(string pattern, StreamName name) => pattern is [.. var prefix, '*']
        ? name.Value.StartsWith(prefix, StringComparison.Ordinal)
        : name.Value == pattern;
}
