namespace Webstream.Bench;

/// <summary>Something the person at the keyboard has to mend; shown as one line, without a stack trace.</summary>
internal sealed class UsageException(string message) : Exception(message);
