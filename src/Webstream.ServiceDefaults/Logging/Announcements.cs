using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.ServiceDefaults.Logging;

/// <summary>The lines that a process writes for the person or program that started it, beside its log and before its log exists.</summary>
public static class Announcements
{
    private const string Category = "Webstream.Start";

    /// <summary>A method that writes a line to the console in the format of the log there.</summary>
    /// <param name="webstream">The section <c>Webstream</c>.</param>
    /// <exception cref="StartRefusedException">There is no such format.</exception>
    public static Action<string> To(IConfiguration webstream) =>
        ConsoleOptions.Read(webstream).IsJson ? text => Console.WriteLine(Json(text)) : Console.WriteLine;

    // The same members as in an entry of the framework's formatter.
    private static string Json(string text) => JsonSerializer.Serialize(new
    {
        Timestamp = DateTime.UtcNow.ToString(ConsoleLogging.JsonTime, CultureInfo.InvariantCulture),
        EventId = 0,
        LogLevel = "Information",
        Category,
        Message = text,
    });
}
