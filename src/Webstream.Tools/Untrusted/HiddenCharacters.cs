using System.Globalization;
using System.Text;

namespace Webstream.Tools;

/// <summary>
/// Finds the characters of a text that nobody sees: control characters, marks that turn the direction of writing, tags, variation selectors and
/// fillers. People read over them, a model does not, so whole sentences can stand in them. What joins letters or chooses the look of an emoji is no
/// hidden character where it does that: alone, and after a character that it can belong to. It goes through the text from its beginning.
/// </summary>
internal struct HiddenCharacters
{
    private const int ZeroWidthNonJoiner = 0x200c;
    private const int ZeroWidthJoiner = 0x200d;
    private const int TextStyle = 0xfe0e;
    private const int EmojiStyle = 0xfe0f;

    // The character before; 0 at the beginning of a line and after a character that is not shown by itself.
    private Rune before;

    /// <summary>Whether the next character of the text is hidden.</summary>
    public bool Holds(Rune next)
    {
        var hidden = next.Value switch
        {
            // After a style: emoji are joined with their style between them.
            ZeroWidthJoiner => !(CanBeJoined(before) || before.Value is EmojiStyle),
            ZeroWidthNonJoiner => !CanBeJoined(before),
            TextStyle or EmojiStyle => !CanHaveAStyle(before),
            _ => IsNeverSeen(next),
        };
        before = hidden || next.Value is ZeroWidthJoiner or ZeroWidthNonJoiner or TextStyle ? default : next;
        return hidden;
    }

    /// <summary>A line ends here.</summary>
    public void NewLine() => before = default;

    // Writing systems that join letters, and emoji, are all beyond ASCII.
    private static bool CanBeJoined(Rune rune) => rune.Value > 0x7f && rune.Value != EmojiStyle;

    // Pictures are symbols; digits, # and * become keys; !! and the like have pictures too. Letters have none.
    private static bool CanHaveAStyle(Rune rune) => rune.Value != EmojiStyle
        && (rune.Value is '#' or '*' or (>= '0' and <= '9')
            || (rune.Value > 0x7f && (Rune.IsSymbol(rune) || Rune.IsPunctuation(rune))));

    private static bool IsNeverSeen(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Format => true,
        _ => IsIgnorable(rune.Value),
    };

    // What is left of the property Default_Ignorable_Code_Point (Unicode, DerivedCoreProperties.txt) when the categories above are taken away, and
    // the blank pattern of Braille, which has no ink.
    private static bool IsIgnorable(int value) => value
        is 0x034f
        or 0x115f or 0x1160
        or 0x17b4 or 0x17b5
        or (>= 0x180b and <= 0x180f)
        or (>= 0x2060 and <= 0x206f)
        or 0x2800
        or 0x3164
        or (>= 0xfe00 and <= 0xfe0f)
        or 0xffa0
        or (>= 0xfff0 and <= 0xfff8)
        or (>= 0x1bca0 and <= 0x1bca3)
        or (>= 0x1d173 and <= 0x1d17a)
        or (>= 0xe0000 and <= 0xe0fff);
}
