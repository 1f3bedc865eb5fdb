namespace Webstream.Fuzz.Tests.Http;

/// <summary>An answer as it came over the wire.</summary>
/// <param name="Status">The status.</param>
/// <param name="Body">The body; only the beginning where a stream does not end.</param>
/// <param name="IsLast">Whether no further request can be sent on its connection.</param>
internal sealed record HttpAnswer(int Status, string Body, bool IsLast);
