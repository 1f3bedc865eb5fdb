namespace Webstream.Grains;

/// <summary>The answer to a close or a deletion of a stream.</summary>
[GenerateSerializer, Alias("webstream.ChangeResult"), Immutable]
public sealed record ChangeResult
{
    /// <summary>
    /// <see cref="PushOutcome.Accepted"/>: it is done; <see cref="PushOutcome.Duplicate"/>: it had been done before. Else it was not done, or that
    /// is not known, as with a push.
    /// </summary>
    [Id(0)]
    public required PushOutcome Outcome { get; init; }

    /// <summary>The stream's state at that moment.</summary>
    [Id(1)]
    public required StreamStatus Status { get; init; }

    /// <summary><see cref="PushResult.Refusal"/>.</summary>
    [Id(2)]
    public string? Refusal { get; init; }

    /// <summary>The epoch that was closed, or that began with the deletion: the stream may be in another one by now.</summary>
    [Id(3)]
    public ulong Epoch { get; init; }

    /// <summary>The sequence of the end mark; 0 after a deletion.</summary>
    [Id(4)]
    public long Sequence { get; init; }

    /// <summary>When the stream was closed.</summary>
    [Id(5)]
    public DateTimeOffset At { get; init; }

    /// <summary>The id of the end mark, or of the head after a deletion.</summary>
    public Protocol.EventId Id => new(Epoch, Sequence);
}

/// <summary>The members of a stream's settings.</summary>
[Flags, GenerateSerializer, Alias("webstream.SettingsMembers")]
public enum SettingsMembers
{
    /// <summary>No member.</summary>
    None = 0,

    /// <summary><see cref="StreamSettings.RetainedMessages"/>.</summary>
    RetainedMessages = 1,

    /// <summary><see cref="StreamSettings.RetainedBytes"/>.</summary>
    RetainedBytes = 2,

    /// <summary><see cref="StreamSettings.Retention"/>.</summary>
    Retention = 4,

    /// <summary><see cref="StreamSettings.Description"/>.</summary>
    Description = 8,
}

/// <summary>A change of a stream's own settings.</summary>
/// <param name="Members">The members that change.</param>
/// <param name="Values">Their values. An absent one is removed: it is what configuration says again.</param>
[GenerateSerializer, Alias("webstream.SettingsChange"), Immutable]
public sealed record SettingsChange([property: Id(0)] SettingsMembers Members, [property: Id(1)] StreamSettings Values)
{
    /// <summary>The settings after the change.</summary>
    public StreamSettings Of(StreamSettings before) => new()
    {
        RetainedMessages = Members.HasFlag(SettingsMembers.RetainedMessages) ? Values.RetainedMessages : before.RetainedMessages,
        RetainedBytes = Members.HasFlag(SettingsMembers.RetainedBytes) ? Values.RetainedBytes : before.RetainedBytes,
        Retention = Members.HasFlag(SettingsMembers.Retention) ? Values.Retention : before.Retention,
        Description = Members.HasFlag(SettingsMembers.Description) ? Values.Description : before.Description,
    };
}

/// <summary>What holds for a stream: its own settings, else those of its pattern, else those of all streams.</summary>
[GenerateSerializer, Alias("webstream.SettingsInForce"), Immutable]
public sealed record SettingsInForce(
    [property: Id(0)] int RetainedMessages,
    [property: Id(1)] long RetainedBytes,
    [property: Id(2)] TimeSpan Retention,
    [property: Id(3)] string? Description,
    [property: Id(4)] bool Closed);

/// <summary>The outcome of a change of settings. The numbers cross the wire, so they never change.</summary>
[GenerateSerializer, Alias("webstream.SettingsOutcome")]
public enum SettingsOutcome
{
    /// <summary>They are set.</summary>
    Set = 0,

    /// <summary>A value is beyond what configuration allows (<see cref="SettingsResult.Refusal"/>). Nothing was set.</summary>
    TooMuch = 1,

    /// <summary>There are as many streams as may be, and this would be one more. Nothing was set.</summary>
    Full = 2,

    /// <summary>This activation is not the stream's owner any more: ask again.</summary>
    Retry = 3,
}

/// <summary>The answer to a change of settings.</summary>
/// <param name="Outcome">The outcome.</param>
/// <param name="InForce">What holds now.</param>
/// <param name="Refusal">What to change, for people.</param>
[GenerateSerializer, Alias("webstream.SettingsResult"), Immutable]
public sealed record SettingsResult(
    [property: Id(0)] SettingsOutcome Outcome, [property: Id(1)] SettingsInForce InForce, [property: Id(2)] string? Refusal = null);
