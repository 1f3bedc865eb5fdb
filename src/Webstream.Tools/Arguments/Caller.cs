using ModelContextProtocol.Server;
using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>Who calls: the program that the model runs in.</summary>
internal static class Caller
{
    /// <summary>
    /// The client's name as a source, if it said one. Older revisions say it only when they connect, which a server without sessions has
    /// forgotten by the next request.
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
