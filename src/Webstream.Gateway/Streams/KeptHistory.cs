namespace Webstream.Gateway.Streams;

/// <summary>Where the history of this gateway's streams is kept, as <c>/api/info</c> tells it.</summary>
/// <param name="Where"><c>disk</c>, <c>memory</c>, <c>redis</c>, or <c>silo</c>: wherever the silos elsewhere keep it.</param>
internal sealed record KeptHistory(string Where);
