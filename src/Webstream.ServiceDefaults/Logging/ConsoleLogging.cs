using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Webstream.ServiceDefaults.Settings;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.ServiceDefaults.Logging;

/// <summary>The console logging of a gateway and a silo.</summary>
public static class ConsoleLogging
{
    /// <summary>The format of times in JSON lines.</summary>
    internal const string JsonTime = "yyyy-MM-ddTHH:mm:ss.fffZ";

    /// <summary>Logs to the console in the format of <see cref="ConsoleOptions"/>.</summary>
    /// <param name="logging">The log.</param>
    /// <param name="webstream">The section <c>Webstream</c>.</param>
    /// <exception cref="StartRefusedException">There is no such format.</exception>
    public static ILoggingBuilder AddWebstreamConsole(this ILoggingBuilder logging, IConfiguration webstream)
    {
        var options = ConsoleOptions.Read(webstream);
        logging.Services.AddSettings<ConsoleOptions>(webstream, ConsoleOptions.Section);
        if (options.IsJson)
        {
            logging.AddJsonConsole();
        }
        else
        {
            logging.AddLines();
        }

        // After the framework's own settings of these options, which take precedence.
        logging.Services.PostConfigure<SimpleConsoleFormatterOptions>(lines => lines.TimestampFormat ??= "HH:mm:ss ");
        logging.Services.PostConfigure<JsonConsoleFormatterOptions>(json =>
        {
            if (json.TimestampFormat is null)
            {
                (json.UseUtcTimestamp, json.TimestampFormat) = (true, JsonTime);
            }
        });
        // A slow terminal must not delay pushes: when its queue is full, lines are dropped, and the console says how many.
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite);
        return logging;
    }
}
