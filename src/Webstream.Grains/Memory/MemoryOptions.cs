using System.ComponentModel.DataAnnotations;

namespace Webstream.Grains.Memory;

/// <summary>
/// How much memory this process may use for what clients make it hold. Section <c>Webstream:Memory</c>. Each share is a number of bytes;
/// 0 stands for the share's part of the limit (<see cref="MemoryBudget"/>). The share of the history is <c>Webstream__Log__TotalBytes</c>.
/// </summary>
public sealed class MemoryOptions
{
    // A smaller share would be used up before anything is in it, and would refuse everything.
    private const long LeastShare = 32 * 1024;

    /// <summary>The limit that the shares' defaults follow, in bytes; 0: what the system or the runtime sets.</summary>
    [MemoryBytes("Limit", 64 * 1024 * 1024, "for the limit that the system sets")]
    public long Limit { get; set; }

    /// <summary>Pushes and events that wait, over all streams of a silo.</summary>
    [MemoryBytes("Waiting", LeastShare, "for a part of the limit")]
    public long Waiting { get; set; }

    /// <summary>Connections as such, listeners that were handed over included.</summary>
    [MemoryBytes("Connections", LeastShare, "for a part of the limit")]
    public long Connections { get; set; }

    /// <summary>Request bodies in transit, of pushes and of <c>/mcp</c>.</summary>
    [MemoryBytes("Bodies", LeastShare, "for a part of the limit")]
    public long Bodies { get; set; }

    /// <summary>Requests that are held: long polls, open assistants, listeners before their hand-over and those that the web server writes to.</summary>
    [MemoryBytes("Held", LeastShare, "for a part of the limit")]
    public long Held { get; set; }

    /// <summary>Data that is being written to listeners that replay history.</summary>
    [MemoryBytes("Replays", LeastShare, "for a part of the limit")]
    public long Replays { get; set; }

    /// <summary>Frames and history pages that a gateway keeps, over all streams.</summary>
    [MemoryBytes("Frames", LeastShare, "for a part of the limit")]
    public long Frames { get; set; }
}

/// <summary>A number of bytes: a minimum or more, or 0.</summary>
/// <param name="name">The last part of the setting's name.</param>
/// <param name="least">The minimum, in bytes.</param>
/// <param name="zero">What 0 stands for.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class MemoryBytesAttribute(string name, long least, string zero)
    : ValidationAttribute(FormattableString.Invariant($"Webstream__Memory__{name} is a number of bytes, at least {least}, or 0 {zero}."))
{
    /// <inheritdoc/>
    public override bool IsValid(object? value) => value is long bytes && (bytes == 0 || bytes >= least);
}
