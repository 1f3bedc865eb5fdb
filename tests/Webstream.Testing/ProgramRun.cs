namespace Webstream.Testing;

/// <summary>A program that ran to its end: its exit code, and the lines of each output.</summary>
public sealed record ProgramRun(int ExitCode, string Output, string Errors)
{
    /// <summary>Runs a program to its end.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="environment">What else is in its environment than in the test's.</param>
    /// <param name="folder">Its working directory; none: that for temporary files.</param>
    /// <param name="within">The longest time that it may take; none: <see cref="Until.Patience"/>. After that it is killed with its children.</param>
    /// <exception cref="InvalidOperationException">It did not end in time.</exception>
    public static async Task<ProgramRun> OfAsync(
        IEnumerable<string> command, IEnumerable<(string Name, string Value)>? environment = null, string? folder = null, TimeSpan? within = null)
    {
        await using var process = ChildProcess.Start(command, environment, folder);
        int exitCode;
        try
        {
            exitCode = await process.ExitAsync(within);
        }
        catch (InvalidOperationException)
        {
            await process.KillWithChildrenAsync();
            throw;
        }

        return new(exitCode, string.Join('\n', process.Output.All), string.Join('\n', process.Errors.All));
    }

    public override string ToString() => $"exit code {ExitCode}\n{Output}\n{Errors}";
}
