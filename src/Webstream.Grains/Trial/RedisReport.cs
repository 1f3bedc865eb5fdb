using System.Net.Sockets;
using System.Text.RegularExpressions;
using StackExchange.Redis;

namespace Webstream.Grains.Trial;

/// <summary>
/// Reads the library's report of a failed connection. The library fails as if Redis were not there; only its report has the error with which
/// Redis refused the login.
/// </summary>
internal static partial class RedisReport
{
    private const int Longest = 64 * 1024;

    /// <summary>Why Redis refused the login; none when it did not.</summary>
    /// <param name="failure">The exception of the library.</param>
    /// <param name="report">The report that the library wrote meanwhile.</param>
    public static RedisRefusal? RefusalIn(Exception failure, string report) =>
        failure is RedisException or SocketException ? RefusalIn($"{(report.Length > Longest ? report[..Longest] : report)}\n{failure}") : null;

    private static RedisRefusal? RefusalIn(string text) => Words().Matches(text)
        .Select(match => RedisRefusal.Of(match.Value))
        .FirstOrDefault(refusal => refusal.Kind is RedisRefusalKind.Login or RedisRefusalKind.Command);

    [GeneratedRegex("(?:NOAUTH|WRONGPASS|DENIED|NOPERM)[^\r\n]*")]
    private static partial Regex Words();
}
