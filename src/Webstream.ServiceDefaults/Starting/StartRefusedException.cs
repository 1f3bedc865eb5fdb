using Webstream.Protocol;
using Webstream.ServiceDefaults.Logging;

namespace Webstream.ServiceDefaults.Starting;

/// <summary>
/// A process cannot start as it was asked to. The text is one line for a person, and says what to do. It may show a wrong value: characters that are
/// not seen, or that turn the direction of writing, are shown by their numbers.
/// </summary>
/// <param name="message">The text.</param>
/// <param name="code">The exit code of the process.</param>
public sealed class StartRefusedException(string message, ExitCode code = ExitCode.Refused) : Exception(OneLine.Of(message))
{
    /// <summary>The exit code of the process.</summary>
    public ExitCode Code => code;
}
