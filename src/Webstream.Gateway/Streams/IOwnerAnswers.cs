using Webstream.Protocol;

namespace Webstream.Gateway.Streams;

/// <summary>The side of a stream on this gateway that takes its owner's answers. Only <see cref="StreamOwner"/> hands them over.</summary>
internal interface IOwnerAnswers
{
    /// <summary>The epoch in which the stream stands here now; 0 before the first message.</summary>
    ulong Epoch { get; }

    /// <summary>Takes the answer to a report. The stream begins with the first answer.</summary>
    void TakeReport(OwnerAnswer answer);

    /// <summary>Takes the answer to a push that is in the history.</summary>
    /// <param name="answer">The owner's answer.</param>
    /// <param name="messages">The push's messages; empty when another push brought them.</param>
    void TakeReceipt(OwnerAnswer answer, ReadOnlySpan<StreamMessage> messages);

    /// <summary>Takes a page of history for the listeners that follow.</summary>
    /// <param name="answer">The owner's answer.</param>
    /// <param name="messages">The messages of the page.</param>
    /// <param name="after">The page was asked for after this sequence.</param>
    void TakePage(OwnerAnswer answer, ReadOnlySpan<StreamMessage> messages, long after);

    /// <summary>Takes any other answer.</summary>
    void TakeStatus(OwnerAnswer answer);
}
