namespace Webstream.Fuzz.Tests.Http;

/// <summary>An answer as it came over the wire.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Body">Its body; of a stream that does not end the beginning.</param>
/// <param name="IsLast">No further request can be sent on its connection.</param>
internal sealed record HttpAnswer(int Status, string Body, bool IsLast);
