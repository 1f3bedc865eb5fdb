using Webstream.Protocol;

namespace Webstream.Grains;

/// <summary>What a key gives: for each right the patterns of the streams it holds for (see <see cref="NamePattern"/>).</summary>
[GenerateSerializer, Alias("webstream.KeyRights"), Immutable]
public sealed record KeyRights
{
    private static readonly string[] EveryStream = [NamePattern.All];

    /// <summary>No right.</summary>
    public static KeyRights None { get; } = new();

    /// <summary>Every right but that to answer questions that ask for a permission.</summary>
    public static KeyRights AllButApprove { get; } = new() { Publish = EveryStream, Subscribe = EveryStream, History = EveryStream, Admin = true };

    /// <summary>The right to change what cannot be undone, and nothing else.</summary>
    public static KeyRights AdminAlone { get; } = new() { Admin = true };

    /// <summary>Pushing.</summary>
    [Id(0)]
    public string[] Publish { get; init; } = [];

    /// <summary>Listening to what happens from now on.</summary>
    [Id(1)]
    public string[] Subscribe { get; init; } = [];

    /// <summary>Reading what is retained.</summary>
    [Id(2)]
    public string[] History { get; init; } = [];

    /// <summary>Answering questions that ask for a permission.</summary>
    [Id(3)]
    public string[] Approve { get; init; } = [];

    /// <summary>Keys, settings, closing and deleting, whole histories.</summary>
    [Id(4)]
    public bool Admin { get; init; }

    /// <summary>The most patterns of one right.</summary>
    public const int MaxPatterns = 100;

    /// <summary>It gives nothing.</summary>
    public bool IsNone => !Admin && Publish.Length + Subscribe.Length + History.Length + Approve.Length == 0;

    /// <summary>Every pattern is one, and there are not too many.</summary>
    internal bool AreValid => new[] { Publish, Subscribe, History, Approve }.All(
        patterns => patterns.Length <= MaxPatterns && patterns.All(pattern => pattern is not null && NamePattern.IsValid(pattern)));

    /// <summary>Whether a right holds for a stream; without one, whether it holds for any.</summary>
    public static bool Holds(string[] patterns, StreamName? stream)
    {
        ArgumentNullException.ThrowIfNull(patterns);
        if (stream is null)
        {
            return patterns.Length > 0;
        }

        foreach (var pattern in patterns)
        {
            if (NamePattern.Matches(pattern, stream))
            {
                return true;
            }
        }

        return false;
    }
}
