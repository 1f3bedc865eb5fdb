using Webstream.Protocol;

namespace Webstream.Gateway.Streams;

/// <summary>A stream on this gateway, as its owner's answers reach it. Only <see cref="StreamOwner"/> hands them over.</summary>
internal interface IOwnerAnswers
{
    /// <summary>The epoch in which the stream stands here now; 0 before the first message.</summary>
    ulong Epoch { get; }

    /// <summary>Takes the answer to a report: the stream begins with the first one.</summary>
    void TakeReport(OwnerAnswer answer);

    /// <summary>Takes the answer to a push that is in the log.</summary>
    /// <param name="answer">The owner's answer.</param>
    /// <param name="messages">The push's messages; empty when another push brought them.</param>
    void TakeReceipt(OwnerAnswer answer, ReadOnlySpan<StreamMessage> messages);

    /// <summary>Takes a page of history for those who follow.</summary>
    /// <param name="answer">The owner's answer.</param>
    /// <param name="messages">The messages of the page.</param>
    /// <param name="after">The sequence after which it was asked for.</param>
    void TakePage(OwnerAnswer answer, ReadOnlySpan<StreamMessage> messages, long after);

    /// <summary>Takes any other answer.</summary>
    void TakeStatus(OwnerAnswer answer);
}
