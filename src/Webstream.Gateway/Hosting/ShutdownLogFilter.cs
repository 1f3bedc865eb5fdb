namespace Webstream.Gateway.Hosting;

/// <summary>
/// While the process ends, the embedded silo's streams log at length, with traces, what they were in the middle of. That is no fault: every
/// push that was answered is in the history, and nobody could mend it. A person who pressed Ctrl+C shall not have to read it.
/// </summary>
internal sealed class ShutdownLogFilter
{
    private static readonly (string Category, LogLevel Least)[] Categories =
        [("Orleans.Streams", LogLevel.Warning), ("Orleans.Providers", LogLevel.Warning), ("Polly", LogLevel.Error)];

    // It logs why a start fails, with a trace. The process itself says it in one line.
    private const string Host = "Microsoft.Extensions.Hosting.Internal.Host";

    private volatile bool hasStarted;
    private volatile bool ending;

    /// <summary>Filters the log of these categories.</summary>
    public void Filter(ILoggingBuilder logging)
    {
        foreach (var (category, least) in Categories)
        {
            logging.AddFilter(category, level => level >= least && !ending);
        }

        logging.AddFilter(Host, level => level >= LogLevel.Warning && hasStarted);
    }

    /// <summary>Silences these categories when the process is asked to end, and the host until it has started.</summary>
    public void Watch(IHostApplicationLifetime lifetime)
    {
        lifetime.ApplicationStarted.Register(() => hasStarted = true);
        lifetime.ApplicationStopping.Register(() => ending = true);
    }
}
