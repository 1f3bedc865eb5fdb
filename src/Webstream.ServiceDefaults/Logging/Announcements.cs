using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.ServiceDefaults.Logging;

/// <summary>What a process says to whoever started it, beside its log and before there is one.</summary>
public static class Announcements
{
    private const string Category = "Webstream.Start";

    /// <summary>How to say something on the console, so that it fits in with the log there.</summary>
    /// <param name="webstream">The section <c>Webstream</c>.</param>
    /// <exception cref="StartRefusedException">There is no such format.</exception>
    public static Action<string> To(IConfiguration webstream) =>
        ConsoleOptions.Read(webstream).IsJson ? text => Console.WriteLine(Json(text)) : Console.WriteLine;

    // The members that the framework's formatter gives an entry.
    private static string Json(string text) => JsonSerializer.Serialize(new
    {
        Timestamp = DateTime.UtcNow.ToString(ConsoleLogging.JsonTime, CultureInfo.InvariantCulture),
        EventId = 0,
        LogLevel = "Information",
        Category,
        Message = text,
    });
}
