namespace Webstream.Grains.History;

/// <summary>Whether the history does all that it should.</summary>
/// <param name="Refusal">Why the history would refuse a push now, for people; none: it would take the push.</param>
/// <param name="Trouble">What else does not work, for people, although pushes succeed and reach listeners; none: all works.</param>
[GenerateSerializer, Alias("webstream.LogHealth"), Immutable]
public sealed record HistoryHealth([property: Id(0)] string? Refusal, [property: Id(1)] string? Trouble)
{
    /// <summary>All is well.</summary>
    public static HistoryHealth Fine { get; } = new(null, null);

    /// <summary>Both, as one text; none when all is well.</summary>
    public string? Text => Refusal is not null && Trouble is not null ? $"{Refusal}. {Trouble}" : Refusal ?? Trouble;
}
