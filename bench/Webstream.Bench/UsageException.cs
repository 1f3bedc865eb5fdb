namespace Webstream.Bench;

/// <summary>A fault that the user of the tool has to mend. It is shown as one line, without a stack trace.</summary>
internal sealed class UsageException(string message) : Exception(message);
