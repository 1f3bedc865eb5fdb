using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Webstream.ServiceDefaults.Logging;

/// <summary>Chooses <see cref="LineFormatter"/>.</summary>
internal static class LineLogging
{
    /// <summary>Logs to the console, each entry in one line.</summary>
    public static ILoggingBuilder AddLines(this ILoggingBuilder logging)
    {
        logging.AddConsole(console => console.FormatterName = LineFormatter.FormatterName);
        logging.Services.TryAddEnumerable(ServiceDescriptor.Singleton<ConsoleFormatter, LineFormatter>());
        return logging;
    }
}
