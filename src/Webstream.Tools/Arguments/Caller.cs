using ModelContextProtocol.Server;
using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>The caller: the program that the model runs in.</summary>
internal static class Caller
{
    /// <summary>
    /// The client's name as a source, if the client sent one. In older revisions of the protocol the client sends it only when it connects. A
    /// server without sessions does not know it at the next request.
    /// </summary>
    public static string? NameOf(McpServer server)
    {
        if (server.ClientInfo?.Name is not { } name)
        {
            return null;
        }

        var clean = new string([.. name.EnumerateRunes().Where(rune => !System.Text.Rune.IsControl(rune)).SelectMany(rune => rune.ToString())]).Trim();
        if (clean.Length > PushRules.MaxSourceLength)
        {
            clean = clean[..(char.IsHighSurrogate(clean[PushRules.MaxSourceLength - 1]) ? PushRules.MaxSourceLength - 1 : PushRules.MaxSourceLength)];
        }

        return clean.Length == 0 ? null : clean;
    }
}
