using System.ComponentModel.DataAnnotations;
using Webstream.Protocol;

namespace Webstream.Grains.History;

/// <summary>
/// Settings for streams by their names. Section <c>Webstream:Streams</c>: a list, of which the first pattern that matches a name counts.
/// </summary>
public sealed class StreamsOptions
{
    /// <summary>The patterns, in their order.</summary>
    public IList<StreamPattern> Patterns { get; } = [];
}

/// <summary>What configuration says of the streams whose names match a pattern. What is absent is as for all streams.</summary>
public sealed class StreamPattern
{
    /// <summary>A stream's name, or the beginning of names and <c>*</c>: <c>ci.*</c>. <c>*</c> alone matches every stream.</summary>
    [Required(ErrorMessage = MatchRule), NamePattern(ErrorMessage = MatchRule)]
    public string? Match { get; set; }

    /// <summary>How long a message is retained.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "3650.00:00:00", ErrorMessage = "Webstream__Streams__N__Retention is a time from one second up, for example 1.00:00:00 for a day.")]
    public TimeSpan? Retention { get; set; }

    /// <summary>The most messages that each of these streams retains.</summary>
    [Range(1, 10_000_000, ErrorMessage = "Webstream__Streams__N__RetainedMessages is a number from 1 to 10000000, for example 10000.")]
    public int? RetainedMessages { get; set; }

    /// <summary>The most bytes that each of these streams retains.</summary>
    [Range(1024, long.MaxValue, ErrorMessage = "Webstream__Streams__N__RetainedBytes is a number of bytes from 1024 up, for example 16777216.")]
    public long? RetainedBytes { get; set; }

    /// <summary>What these streams are for.</summary>
    [MaxLength(StreamSettings.MaxDescription, ErrorMessage = "Webstream__Streams__N__Description has at most 500 characters.")]
    public string? Description { get; set; }

    private const string MatchRule = "Webstream__Streams__N__Match is the name of a stream, or the beginning of names and *, for example ci.*.";

    /// <summary>Whether a stream's name matches.</summary>
    public bool Matches(StreamName stream) => Match is [.., '*']
        ? stream.Value.AsSpan().StartsWith(Match.AsSpan(0, Match.Length - 1), StringComparison.Ordinal)
        : stream.Value == Match;
}

/// <summary>A stream's name, or the beginning of one and <c>*</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NamePatternAttribute : ValidationAttribute
{
    public override bool IsValid(object? value) => value is not string { Length: > 0 } text
        || text == "*" || StreamName.TryParse(text.EndsWith('*') ? text[..^1] : text, out _);
}
