using System.Globalization;
using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>An argument that is a wait in seconds. What is more than a call can wait is cut, and not refused.</summary>
internal static class WaitArgument
{
    /// <summary>The most that the schemas advertise, in seconds: a strict client refuses more.</summary>
    public const int Most = 3600;

    /// <summary>The wait.</summary>
    /// <param name="name">The argument.</param>
    /// <param name="seconds">What was sent.</param>
    /// <param name="notes">Gets a note when the wait is cut.</param>
    public static TimeSpan Of(string name, int seconds, List<string> notes)
    {
        var asked = TimeSpan.FromSeconds(seconds);
        if (asked <= ReadRequest.MaxWait)
        {
            return asked;
        }

        notes.Add(string.Create(CultureInfo.InvariantCulture, $"{name} was cut to {ReadRequest.MaxWait.TotalSeconds:0}, the most that one call waits. To wait longer, go on with the next call."));
        return ReadRequest.MaxWait;
    }
}
