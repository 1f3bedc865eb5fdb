using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Webstream.ServiceDefaults.Ending;

/// <summary>Switches the whole log of a process off. Filters cannot: a filter for a category takes precedence over one for all of them.</summary>
internal sealed class QuietLog : IOptionsChangeTokenSource<LoggerFilterOptions>, IPostConfigureOptions<LoggerFilterOptions>, IDisposable
{
    private readonly CancellationTokenSource silenced = new();

    /// <inheritdoc/>
    public string? Name => Options.DefaultName;

    /// <summary>Nothing is logged from now on.</summary>
    public void Silence() => silenced.Cancel();

    /// <inheritdoc/>
    // After the one change there is none.
    public IChangeToken GetChangeToken() => new CancellationChangeToken(silenced.IsCancellationRequested ? CancellationToken.None : silenced.Token);

    /// <inheritdoc/>
    public void PostConfigure(string? name, LoggerFilterOptions options)
    {
        if (silenced.IsCancellationRequested)
        {
            options.Rules.Clear();
            options.MinLevel = LogLevel.None;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => silenced.Dispose();
}
