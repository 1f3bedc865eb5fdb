using System.Net.Sockets;
using System.Text.RegularExpressions;
using StackExchange.Redis;

namespace Webstream.Grains.Trial;

/// <summary>
/// Reads the library's report of a connection that failed: it fails as if nobody were there, and only the report has Redis' word on why it does
/// not let somebody in.
/// </summary>
internal static partial class RedisReport
{
    private const int Longest = 64 * 1024;

    /// <summary>Why Redis did not let somebody in; none when that is not what happened.</summary>
    /// <param name="failure">What the library threw.</param>
    /// <param name="report">What it wrote meanwhile.</param>
    public static RedisRefusal? RefusalIn(Exception failure, string report) =>
        failure is RedisException or SocketException ? RefusalIn($"{(report.Length > Longest ? report[..Longest] : report)}\n{failure}") : null;

    private static RedisRefusal? RefusalIn(string text) => Words().Matches(text)
        .Select(match => RedisRefusal.Of(match.Value))
        .FirstOrDefault(refusal => refusal.Kind is RedisRefusalKind.Login or RedisRefusalKind.Command);

    [GeneratedRegex("(?:NOAUTH|WRONGPASS|DENIED|NOPERM)[^\r\n]*")]
    private static partial Regex Words();
}
