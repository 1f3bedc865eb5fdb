namespace Webstream.Mcp.Stdio;

/// <summary>Finds where a JSON object or list ends without parsing it: it counts the brackets outside of strings.</summary>
internal struct JsonExtent
{
    private int depth;
    private bool opened;
    private bool inString;
    private bool escaped;

    /// <summary>An object or list has begun and has ended.</summary>
    public readonly bool IsWhole => opened && depth == 0;

    /// <summary>Takes the next bytes in.</summary>
    public void Measure(ReadOnlySpan<byte> bytes)
    {
        foreach (var unit in bytes)
        {
            if (inString)
            {
                inString = escaped || unit != '"';
                escaped = !escaped && unit == '\\';
            }
            else if (unit is (byte)'{' or (byte)'[')
            {
                depth++;
                opened = true;
            }
            else if (unit is (byte)'}' or (byte)']')
            {
                depth--;
            }
            else
            {
                inString = unit == '"';
            }
        }
    }
}
