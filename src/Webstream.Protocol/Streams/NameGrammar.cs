using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Webstream.Protocol;

/// <summary>The one grammar of stream names and event types.</summary>
internal static class NameGrammar
{
    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-:");

    public static bool Matches([NotNullWhen(true)] string? text, int maxLength) =>
        !string.IsNullOrEmpty(text)
        && text.Length <= maxLength
        && char.IsAsciiLetterOrDigit(text[0])
        && !text.AsSpan().ContainsAnyExcept(Allowed);
}
