using Webstream.Grains.History;
using Webstream.Grains.Memory;
using Webstream.Grains.Presence;

namespace Webstream.Grains.Streams;

/// <summary>
/// Decides how long an activation is the owner of its stream. It steps down when the history is not as it left it, and leaves when nobody needs
/// it. Without Orleans; used by one thread at a time.
/// </summary>
/// <param name="state">The stream's state.</param>
/// <param name="log">Its history.</param>
/// <param name="keys">Its keys, which take memory here.</param>
/// <param name="presence">Which gateways need the stream.</param>
/// <param name="memory">The share that the keys are charged to.</param>
/// <param name="lostWithProcess">The history is in this silo's memory, which an owner that leaves does not free.</param>
/// <param name="time">The clock of the histories.</param>
internal sealed class OwnerLife(
    StreamState state, IStreamHistory log, IIdempotencyKeys keys, PresenceLeases presence, MemoryShare memory, bool lostWithProcess, TimeProvider time)
{
    /// <summary>How long a stream must have been without pushes before its owner leaves because memory is short.</summary>
    public static readonly TimeSpan IdleWhenMemoryIsShort = TimeSpan.FromMinutes(1);

    /// <summary>This activation is not the owner any more: pushers and gateways shall ask the next one.</summary>
    public bool IsOver { get; private set; }

    /// <summary>It is over because nobody needed this owner. Nothing is wrong with the history.</summary>
    public bool IsLeaving { get; private set; }

    /// <summary>Somebody else writes this stream, its history was lost, or the activation ends anyway.</summary>
    /// <returns>False when it was over already.</returns>
    public bool TryStepDown()
    {
        if (IsOver)
        {
            return false;
        }

        return IsOver = true;
    }

    /// <summary>
    /// Leaves if this owner has no history and no listeners: a failed push or a former listener created it. Any client may do that with any name.
    /// </summary>
    /// <returns>Whether it leaves now.</returns>
    public bool TryLeaveUnused() => state.Head == 0 && TryLeave();

    /// <summary>
    /// Frees the memory of old keys if memory is short, and leaves if it still is. The history is not in memory then, and the next owner reads it
    /// when somebody needs the stream.
    /// </summary>
    /// <returns>Whether it leaves now.</returns>
    public bool TryLeaveForMemory()
    {
        var now = time.GetUtcNow();
        _ = keys.HasRoom(now);
        return !lostWithProcess && memory.IsTight && !(log.Range.HeadAt > now - IdleWhenMemoryIsShort) && TryLeave();
    }

    private bool TryLeave()
    {
        if (!state.IsIdle || presence.Any || IsOver)
        {
            return false;
        }

        return IsOver = IsLeaving = true;
    }
}
