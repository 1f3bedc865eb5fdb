using System.ComponentModel.DataAnnotations;

namespace Webstream.Grains.Memory;

/// <summary>
/// How much memory this process may use for what others make it hold. Section <c>Webstream:Memory</c>. Each share is a number of bytes;
/// 0 stands for the share's part of the limit (<see cref="MemoryBudget"/>). The share of the history is <c>Webstream__Log__TotalBytes</c>.
/// </summary>
public sealed class MemoryOptions
{
    /// <summary>The limit that the shares' defaults follow, in bytes; 0: what the system or the runtime sets.</summary>
    [Range(0, long.MaxValue, ErrorMessage = "Webstream__Memory__Limit is a number of bytes, for example 536870912, or 0 for the limit that the system sets.")]
    public long Limit { get; set; }

    /// <summary>Pushes and events that wait, over all streams of a silo.</summary>
    [Range(0, long.MaxValue, ErrorMessage = "Webstream__Memory__Waiting is a number of bytes, for example 33554432, or 0 for a part of the limit.")]
    public long Waiting { get; set; }

    /// <summary>Connections as such, listeners that were handed over included.</summary>
    [Range(0, long.MaxValue, ErrorMessage = "Webstream__Memory__Connections is a number of bytes, for example 33554432, or 0 for a part of the limit.")]
    public long Connections { get; set; }

    /// <summary>Bodies that are under way, of pushes and of <c>/mcp</c>.</summary>
    [Range(0, long.MaxValue, ErrorMessage = "Webstream__Memory__Bodies is a number of bytes, for example 33554432, or 0 for a part of the limit.")]
    public long Bodies { get; set; }

    /// <summary>Requests that are held: long polls, open assistants, listeners before their hand-over and those that the web server writes to.</summary>
    [Range(0, long.MaxValue, ErrorMessage = "Webstream__Memory__Held is a number of bytes, for example 33554432, or 0 for a part of the limit.")]
    public long Held { get; set; }

    /// <summary>What is written to listeners that replay history.</summary>
    [Range(0, long.MaxValue, ErrorMessage = "Webstream__Memory__Replays is a number of bytes, for example 33554432, or 0 for a part of the limit.")]
    public long Replays { get; set; }

    /// <summary>Frames and history pages that a gateway keeps, over all streams.</summary>
    [Range(0, long.MaxValue, ErrorMessage = "Webstream__Memory__Frames is a number of bytes, for example 33554432, or 0 for a part of the limit.")]
    public long Frames { get; set; }
}
