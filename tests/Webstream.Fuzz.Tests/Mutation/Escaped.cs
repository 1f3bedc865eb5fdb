using System.Globalization;
using System.Text;

namespace Webstream.Fuzz.Tests.Mutation;

/// <summary>Bytes as a line of plain text: printable ASCII as it stands, everything else as <c>\xNN</c>, and a backslash as two.</summary>
internal static class Escaped
{
    public static string Of(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (var unit in bytes)
        {
            _ = unit switch
            {
                (byte)'\\' => text.Append(@"\\"),
                >= 0x20 and < 0x7F => text.Append((char)unit),
                _ => text.Append(CultureInfo.InvariantCulture, $"\\x{unit:x2}"),
            };
        }

        return text.ToString();
    }

    public static byte[] Read(string text)
    {
        var bytes = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(text[i].ToString()));
            }
            else if (text[i + 1] == 'x')
            {
                bytes.Add(byte.Parse(text.AsSpan(i + 2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                i += 3;
            }
            else
            {
                bytes.Add((byte)'\\');
                i++;
            }
        }

        return [.. bytes];
    }
}
