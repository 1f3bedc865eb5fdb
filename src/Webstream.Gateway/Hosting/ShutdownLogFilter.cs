namespace Webstream.Gateway.Hosting;

/// <summary>
/// While the process ends, the embedded silo's streams log at length, with traces, what they were in the middle of. That is no fault: every
/// push that was answered is in the history, and nobody could mend it. A person who pressed Ctrl+C shall not have to read it.
/// </summary>
internal sealed class ShutdownLogFilter
{
    private static readonly string[] Categories = ["Orleans.Streams", "Orleans.Providers"];

    private volatile bool ending;

    /// <summary>Filters the log of these categories.</summary>
    public void Filter(ILoggingBuilder logging)
    {
        foreach (var category in Categories)
        {
            logging.AddFilter(category, level => level >= LogLevel.Warning && !ending);
        }
    }

    /// <summary>Silences these categories when the process is asked to end.</summary>
    public void Watch(IHostApplicationLifetime lifetime) => lifetime.ApplicationStopping.Register(() => ending = true);
}
