namespace Webstream.Tools;

/// <summary>The warning when a stream has no listeners.</summary>
internal static class NoListenersWarning
{
    public static string Warning(IReadOnlyList<string> open, OtherGateway? other, string consequence)
    {
        var page = open.Count > 0 ? $"Ask the person to open {open[0]}" : "Ask the person to open the dashboard";
        return other is null
            ? $"nobody is listening to this stream now. {consequence} {page}."
            : $"nobody is listening to this stream here, but {other.Clients} {(other.Clients == 1 ? "client is" : "clients are")} at port {other.Port}: send it again with port={other.Port} to reach them. {consequence}";
    }
}
