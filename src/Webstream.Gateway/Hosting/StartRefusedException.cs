namespace Webstream.Gateway.Hosting;

/// <summary>The gateway cannot start as it was asked to. The text is one line for a person, and says what to do.</summary>
internal sealed class StartRefusedException(string message) : Exception(message);
