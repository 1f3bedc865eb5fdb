namespace Webstream.Grains.Hosting;

/// <summary>A process cannot start as it was asked to. The text is one line for a person, and says what to do.</summary>
public sealed class StartRefusedException(string message) : Exception(message);
