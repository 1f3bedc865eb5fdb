using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Webstream.ServiceDefaults.Logging;

/// <summary>
/// The console's log for people: one entry is one line, whatever text is in it. Strangers wrote much of the logged text, for example where a
/// library quotes what it could not read. With a line break such text could pass for another entry, and with an escape sequence it could
/// take over a terminal. The framework's own formatter for people lets both through.
/// </summary>
/// <remarks>It applies the framework's settings of its simple formatter: time, scopes, colours.</remarks>
internal sealed class LineFormatter(IOptionsMonitor<SimpleConsoleFormatterOptions> options) : ConsoleFormatter(FormatterName)
{
    /// <summary>Its name in the console's options.</summary>
    public const string FormatterName = "lines";

    private static readonly bool IsTerminal =
        !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        if (message is null && logEntry.Exception is null)
        {
            return;
        }

        var set = options.CurrentValue;
        if (set.TimestampFormat is { } format)
        {
            textWriter.Write((set.UseUtcTimestamp ? DateTimeOffset.UtcNow : DateTimeOffset.Now).ToString(format, CultureInfo.InvariantCulture));
        }

        WriteLevel(textWriter, logEntry.LogLevel, IsColoured(set.ColorBehavior));
        OneLine.Write(textWriter, logEntry.Category);
        textWriter.Write(string.Create(CultureInfo.InvariantCulture, $"[{logEntry.EventId.Id}]"));
        if (set.IncludeScopes)
        {
            scopeProvider?.ForEachScope(WriteScope, textWriter);
        }

        textWriter.Write(' ');
        OneLine.Write(textWriter, message);
        if (logEntry.Exception is { } exception)
        {
            textWriter.Write(' ');
            OneLine.Write(textWriter, exception.ToString());
        }

        textWriter.Write(Environment.NewLine);
    }

    private static void WriteScope(object? scope, TextWriter line)
    {
        line.Write(" => ");
        OneLine.Write(line, scope?.ToString());
    }

    private static void WriteLevel(TextWriter line, LogLevel level, bool coloured)
    {
        var (word, colour) = level switch
        {
            LogLevel.Trace => ("trce", "90"),
            LogLevel.Debug => ("dbug", "90"),
            LogLevel.Information => ("info", "32"),
            LogLevel.Warning => ("warn", "33"),
            LogLevel.Error => ("fail", "31"),
            _ => ("crit", "41"),
        };
        line.Write(coloured ? $"\e[{colour}m{word}\e[0m: " : $"{word}: ");
    }

    private static bool IsColoured(LoggerColorBehavior behaviour) => behaviour switch
    {
        LoggerColorBehavior.Enabled => true,
        LoggerColorBehavior.Disabled => false,
        _ => IsTerminal,
    };
}
