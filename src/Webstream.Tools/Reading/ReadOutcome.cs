using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>The result of a read.</summary>
/// <param name="Messages">The messages that the filter takes, oldest first.</param>
/// <param name="Passed">What it passed over.</param>
/// <param name="Next">The cursor behind all of them.</param>
/// <param name="Head">The stream's newest id.</param>
/// <param name="Resume">The verdict on <see cref="ReadPlan.After"/>.</param>
/// <param name="Ended">Whether <paramref name="Next"/> is the end of a closed stream.</param>
internal sealed record ReadOutcome(
    IReadOnlyList<StreamMessage> Messages, PassedOver Passed, EventId Next, EventId Head, ResumeVerdict? Resume, bool Ended)
{
    /// <summary>What was passed over before each of the messages.</summary>
    public IReadOnlyList<PassedOver> Before { get; init; } = [];

    /// <summary>How many messages behind <see cref="ReadPlan.After"/> a read of the newest ones did not look at, or has left out.</summary>
    public long Skipped { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Waited { get; init; }

    /// <summary>The server is ending, so the read did not wait for as long as the caller asked.</summary>
    public bool CutShort { get; init; }

    /// <summary>The actual wait, in words.</summary>
    public string Within => $"within {Waited.TotalSeconds:0} seconds{(CutShort ? " (the wait was cut short, because the server is ending)" : "")}";

    /// <summary>Whether there is more behind the cursor already.</summary>
    public bool HasMore => Next.Epoch == Head.Epoch && Next.Sequence < Head.Sequence;

    /// <summary>The same as if it had ended behind one of its messages.</summary>
    /// <param name="count">How many messages are left, at least one.</param>
    public ReadOutcome First(int count) => count == Messages.Count
        ? this
        : this with { Messages = [.. Messages.Take(count)], Passed = Before[count - 1], Next = Messages[count - 1].Id, Ended = false };
}

/// <summary>What a read passed over.</summary>
/// <param name="Count">How many messages of others.</param>
/// <param name="Newest">The newest of them, oldest first.</param>
internal sealed record PassedOver(long Count, IReadOnlyList<StreamMessage> Newest)
{
    public static PassedOver Nothing { get; } = new(0, []);
}
