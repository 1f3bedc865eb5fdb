using System.Collections.Concurrent;
using Webstream.Gateway.Streams;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Streams;

/// <summary>Stands for the stream on this gateway: keeps what its owner's answers hand over.</summary>
internal sealed class AnswersDouble : IOwnerAnswers
{
    /// <summary>The epoch in which it stands.</summary>
    public ulong Epoch { get; set; }

    /// <summary>What was handed over, in its order.</summary>
    public ConcurrentQueue<(string Kind, OwnerAnswer Answer, StreamMessage[] Messages)> Taken { get; } = [];

    /// <summary>Told of each report's answer.</summary>
    public Action<StreamStatus>? OnReport { get; set; }

    /// <summary>Told of each page that is for those who follow.</summary>
    public Action<StreamMessage[]>? OnPage { get; set; }

    public void TakeReport(OwnerAnswer answer)
    {
        OnReport?.Invoke(answer.Status);
        Taken.Enqueue(("report", answer, []));
    }

    public void TakeReceipt(OwnerAnswer answer, ReadOnlySpan<StreamMessage> messages) => Taken.Enqueue(("receipt", answer, messages.ToArray()));

    public void TakePage(OwnerAnswer answer, ReadOnlySpan<StreamMessage> messages, long after)
    {
        OnPage?.Invoke(messages.ToArray());
        Taken.Enqueue(("page", answer, messages.ToArray()));
    }

    public void TakeStatus(OwnerAnswer answer) => Taken.Enqueue(("status", answer, []));
}
