namespace Webstream.ServiceDefaults.Tests.Logging;

/// <summary>Text that would be more than text in a log.</summary>
internal static class HostileText
{
    public static TheoryData<string, string> Cases => new()
    {
        { "a\r10:00:00 info: FORGED", "a\\r10:00:00 info: FORGED" },
        { "a\n10:00:00 info: FORGED", "a\\n10:00:00 info: FORGED" },
        { "a\r\n10:00:00 info: FORGED", "a\\r\\n10:00:00 info: FORGED" },
        { "a\u000b\u000cb\tc", "a\\u{b}\\u{c}b\\tc" },
        { "\u001b[2J\u001b]0;title\u0007", "\\u{1b}[2J\\u{1b}]0;title\\u{7}" },
        { "\u009b31m\u0085\u0090", "\\u{9b}31m\\u{85}\\u{90}" },
        { "\0\u0008\u007f", "\\u{0}\\u{8}\\u{7f}" },
        { "a\u2028b\u2029c", "a\\u{2028}b\\u{2029}c" },
        { "\u202egnp.exe\u202c \u2066x\u2069 \u200f\u061c", "\\u{202e}gnp.exe\\u{202c} \\u{2066}x\\u{2069} \\u{200f}\\u{61c}" },
        { "\ufeff\u200b\U000e0041", "\\u{feff}\\u{200b}\\u{e0041}" },
        { "Grüße 世界 \ud83d\ude00", "Grüße 世界 \ud83d\ude00" },
        { "C:\\new\\table", "C:\\new\\table" },
        { "", "" },
    };
}
