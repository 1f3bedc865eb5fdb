namespace Webstream.Grains;

/// <summary>What somebody set for a stream without keys. An absent member is what configuration says.</summary>
[GenerateSerializer, Alias("webstream.OwnRule"), Immutable]
public sealed record OwnRule
{
    /// <summary>The most streams that have rules of their own.</summary>
    public const int MaxRules = 10_000;

    /// <summary>Nothing is set.</summary>
    public static OwnRule None { get; } = new();

    /// <summary>Everything needs a key, and no list names the stream: what counts where it is not known what was set.</summary>
    public static OwnRule Closed { get; } = new() { Read = ReadPolicy.Key, Write = WritePolicy.Key, Listed = false };

    /// <summary>Who may listen and read.</summary>
    [Id(0)]
    public ReadPolicy? Read { get; init; }

    /// <summary>Who may push.</summary>
    [Id(1)]
    public WritePolicy? Write { get; init; }

    /// <summary>Whether lists name the stream to callers that have no key for it.</summary>
    [Id(2)]
    public bool? Listed { get; init; }

    /// <summary>Nothing is set: there is nothing to keep.</summary>
    public bool IsNone => this == None;

    /// <summary>
    /// The part of it that closes the stream, whatever configuration says. Writing for the programs of one machine is closed to all that are not of another one.
    /// </summary>
    public OwnRule Closing => new()
    {
        Read = Read == ReadPolicy.Key ? Read : null,
        Write = Write is WritePolicy.Key or WritePolicy.Loopback ? WritePolicy.Key : null,
        Listed = Listed == false ? Listed : null,
    };

    /// <summary>What both say. Where they differ, the stricter one counts.</summary>
    public OwnRule StricterWith(OwnRule other) => new()
    {
        Read = Read is { } read && other.Read is { } otherRead ? (ReadPolicy)Math.Max((int)read, (int)otherRead) : Read ?? other.Read,
        Write = Write is { } write && other.Write is { } otherWrite ? (WritePolicy)Math.Min((int)write, (int)otherWrite) : Write ?? other.Write,
        Listed = Listed is { } listed && other.Listed is { } otherListed ? listed && otherListed : Listed ?? other.Listed,
    };
}

/// <summary>The members of a stream's own rule.</summary>
[Flags, GenerateSerializer, Alias("webstream.RuleMembers")]
public enum RuleMembers
{
    /// <summary>No member.</summary>
    None = 0,

    /// <summary><see cref="OwnRule.Read"/>.</summary>
    Read = 1,

    /// <summary><see cref="OwnRule.Write"/>.</summary>
    Write = 2,

    /// <summary><see cref="OwnRule.Listed"/>.</summary>
    Listed = 4,
}

/// <summary>A change of a stream's own rule.</summary>
/// <param name="Members">The members that change.</param>
/// <param name="Values">Their values. An absent one is removed: it is what configuration says again.</param>
/// <param name="OnlyStricter">What is there already and stricter stays.</param>
[GenerateSerializer, Alias("webstream.RuleChange"), Immutable]
public sealed record RuleChange(
    [property: Id(0)] RuleMembers Members, [property: Id(1)] OwnRule Values, [property: Id(2)] bool OnlyStricter = false)
{
    /// <summary>No change.</summary>
    public static RuleChange None { get; } = new(RuleMembers.None, OwnRule.None);

    /// <summary>The rule after the change.</summary>
    public OwnRule Of(OwnRule before) => OnlyStricter ? before.StricterWith(Values) : new()
    {
        Read = Members.HasFlag(RuleMembers.Read) ? Values.Read : before.Read,
        Write = Members.HasFlag(RuleMembers.Write) ? Values.Write : before.Write,
        Listed = Members.HasFlag(RuleMembers.Listed) ? Values.Listed : before.Listed,
    };
}

/// <summary>A stream that has a rule of its own.</summary>
/// <param name="Stream">Its name.</param>
/// <param name="Rule">The rule.</param>
[GenerateSerializer, Alias("webstream.NamedRule"), Immutable]
public sealed record NamedRule([property: Id(0)] string Stream, [property: Id(1)] OwnRule Rule);

/// <summary>All rules that streams have of their own, at a moment.</summary>
/// <param name="Version">Another number after each change; 0 when there never was one.</param>
/// <param name="Rules">The rules.</param>
[GenerateSerializer, Alias("webstream.RuleList"), Immutable]
public sealed record RuleList([property: Id(0)] long Version, [property: Id(1)] NamedRule[] Rules);

/// <summary>What became of a change of a rule. The numbers cross the wire, so they never change.</summary>
[GenerateSerializer, Alias("webstream.RuleOutcome")]
public enum RuleOutcome
{
    /// <summary>It is set.</summary>
    Set = 0,

    /// <summary>There are <see cref="OwnRule.MaxRules"/> already, and this would be one more. Nothing was set.</summary>
    Full = 1,

    /// <summary>Others change it all the time. Nothing was set: try again.</summary>
    Busy = 2,
}
