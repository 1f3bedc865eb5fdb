using System.Globalization;

namespace Webstream.Gateway.Pushing;

/// <summary>
/// JSON can escape half a character (<c>"\ud83d"</c>): JavaScript writes this when a text was cut in the middle of a character. UTF-8 cannot
/// hold half a character. The half becomes U+FFFD, as in every browser, instead of failing the push.
/// </summary>
internal static class LoneSurrogates
{
    private const int EscapeLength = 6;

    /// <summary>The JSON with the lone halves replaced; the same memory, not a copy, when there are none.</summary>
    public static ReadOnlyMemory<byte> Replaced(ReadOnlyMemory<byte> json) => Mended(json.Span) ?? json;

    private static byte[]? Mended(ReadOnlySpan<byte> json)
    {
        byte[]? copy = null;
        for (var i = 0; i < json.Length; i++)
        {
            if (json[i] != '\\')
            {
                var next = json[i..].IndexOf((byte)'\\');
                if (next < 0)
                {
                    break;
                }

                i += next;
            }

            var unit = Escaped(json, i);
            if (char.IsHighSurrogate(unit) && char.IsLowSurrogate(Escaped(json, i + EscapeLength)))
            {
                i += (2 * EscapeLength) - 1;
            }
            else if (char.IsSurrogate(unit))
            {
                copy ??= json.ToArray();
                "\\uFFFD"u8.CopyTo(copy.AsSpan(i));
                i += EscapeLength - 1;
            }
            else
            {
                // Past the escaped character, which may be a backslash itself.
                i++;
            }
        }

        return copy;
    }

    // The UTF-16 unit that an escape at this place stands for; NUL when there is none.
    private static char Escaped(ReadOnlySpan<byte> json, int at) =>
        at + EscapeLength <= json.Length && json[at] == '\\' && json[at + 1] == 'u'
        && ushort.TryParse(json.Slice(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit)
            ? (char)unit
            : '\0';
}
