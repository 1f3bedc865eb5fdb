namespace Webstream.Testing;

/// <summary>The lines that a process writes to one of its outputs. All of them are kept.</summary>
public sealed class OutputLines
{
    private readonly Lock gate = new();
    private readonly List<string> lines = [];
    private readonly TaskCompletionSource end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<string> allText;
    private TaskCompletionSource more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int taken;

    /// <param name="allText">Everything that the process has said, for the message of a failure.</param>
    internal OutputLines(Func<string> allText) => this.allText = allText;

    /// <summary>The lines that have come so far.</summary>
    public IReadOnlyList<string> All
    {
        get
        {
            lock (gate)
            {
                return [.. lines];
            }
        }
    }

    /// <summary>Whether no further line can come.</summary>
    public bool HasEnded => end.Task.IsCompleted;

    /// <summary>The next line, in the order in which they come; each is returned once.</summary>
    /// <param name="within">How long to wait for each line; none: <see cref="Until.Patience"/>.</param>
    /// <exception cref="InvalidOperationException">No line came in time, or the output has ended.</exception>
    public Task<string> NextAsync(TimeSpan? within = null) => WaitAsync(() => taken < lines.Count ? lines[taken++] : null, "further line", within);

    /// <summary>The next line with this text. The lines before it are skipped.</summary>
    /// <exception cref="InvalidOperationException">No line came in time, or the output has ended.</exception>
    public Task<string> NextAsync(string containing) => WaitAsync(() => Next(containing, ref taken), $"further line with '{containing}'", null);

    /// <summary>The first line of all with this text.</summary>
    /// <param name="containing">The text.</param>
    /// <param name="within">How long to wait for each line; none: <see cref="Until.Patience"/>.</param>
    /// <exception cref="InvalidOperationException">No line came in time, or the output has ended.</exception>
    public Task<string> FirstAsync(string containing, TimeSpan? within = null)
    {
        var seen = 0;
        return WaitAsync(() => Next(containing, ref seen), $"line with '{containing}'", within);
    }

    /// <summary>All lines that <see cref="NextAsync(TimeSpan?)"/> has not returned, once the output has ended.</summary>
    public async Task<IReadOnlyList<string>> RestAsync()
    {
        await EndAsync();
        lock (gate)
        {
            var rest = lines[taken..];
            taken = lines.Count;
            return rest;
        }
    }

    /// <summary>Waits for the end of the output.</summary>
    public Task EndAsync() => end.Task.WaitAsync(Until.Patience);

    /// <summary>Adds a line; none: the output has ended.</summary>
    internal void Add(string? line)
    {
        TaskCompletionSource waiting;
        lock (gate)
        {
            if (line is null)
            {
                end.TrySetResult();
            }
            else
            {
                lines.Add(line);
            }

            (waiting, more) = (more, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        waiting.SetResult();
    }

    private string? Next(string containing, ref int position)
    {
        while (position < lines.Count)
        {
            if (lines[position++] is var line && line.Contains(containing, StringComparison.Ordinal))
            {
                return line;
            }
        }

        return null;
    }

    private async Task<string> WaitAsync(Func<string?> find, string what, TimeSpan? within)
    {
        while (true)
        {
            Task next;
            lock (gate)
            {
                if (find() is { } found)
                {
                    return found;
                }

                if (HasEnded)
                {
                    throw new InvalidOperationException($"The output ended, and there was no {what}. The process had said:\n{allText()}");
                }

                next = more.Task;
            }

            try
            {
                await next.WaitAsync(within ?? Until.Patience);
            }
            catch (TimeoutException late)
            {
                throw new InvalidOperationException($"There was no {what} in time. The process had said:\n{allText()}", late);
            }
        }
    }
}
