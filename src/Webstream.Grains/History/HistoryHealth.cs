namespace Webstream.Grains.History;

/// <summary>Whether the log does all that it should.</summary>
/// <param name="Refusal">Why a push would not go in now, for people; none: it would.</param>
/// <param name="Trouble">What does not work besides, for people, although pushes go in and listeners hear them; none: all does.</param>
[GenerateSerializer, Alias("webstream.LogHealth"), Immutable]
public sealed record HistoryHealth([property: Id(0)] string? Refusal, [property: Id(1)] string? Trouble)
{
    /// <summary>All is well.</summary>
    public static HistoryHealth Fine { get; } = new(null, null);

    /// <summary>Both, as one text; none when all is well.</summary>
    public string? Text => Refusal is not null && Trouble is not null ? $"{Refusal}. {Trouble}" : Refusal ?? Trouble;
}
