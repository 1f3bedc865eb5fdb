namespace Webstream.Grains;

/// <summary>What became of a new pass. The numbers cross the wire, so they never change.</summary>
[GenerateSerializer, Alias("webstream.PassOutcome")]
public enum PassOutcome
{
    /// <summary>It is kept.</summary>
    Added = 0,

    /// <summary>There are as many of all holders as there may be.</summary>
    Full = 1,
}

/// <summary>What became of the attempt to take a ticket.</summary>
/// <param name="Pass">The ticket; none: there is none, or none any more.</param>
/// <param name="IsFirst">This attempt took it.</param>
[GenerateSerializer, Alias("webstream.PassTake"), Immutable]
public sealed record PassTake([property: Id(0)] StoredPass? Pass, [property: Id(1)] bool IsFirst);

/// <summary>How many passes are kept.</summary>
public static class PassBounds
{
    /// <summary>The most of a kind.</summary>
    public const int Most = 10_000;

    /// <summary>The most sessions of one holder. Beyond that, the one that was made first gives way.</summary>
    public const int MostSessionsOfOne = 100;

    /// <summary>The most tickets of one holder: a server that makes one for each of its viewers has one key. Beyond that, the one that was made first gives way.</summary>
    public const int MostTicketsOfOne = 1000;

    /// <summary>The most passes that one question asks for.</summary>
    public const int MostAtOnce = 256;

    internal static int OfOne(PassKind kind) => kind == PassKind.Session ? MostSessionsOfOne : MostTicketsOfOne;
}
