using System.Collections.Concurrent;
using Webstream.Gateway.Streams;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Streams;

/// <summary>Stands for the stream on this gateway: keeps the messages and answers that its owner hands over.</summary>
internal sealed class AnswersDouble : IOwnerAnswers
{
    /// <summary>The current epoch of the stream.</summary>
    public ulong Epoch { get; set; }

    /// <summary>The answers that were handed over, in order.</summary>
    public ConcurrentQueue<(string Kind, OwnerAnswer Answer, StreamMessage[] Messages)> Taken { get; } = [];

    /// <summary>Called with each report's answer.</summary>
    public Action<StreamStatus>? OnReport { get; set; }

    /// <summary>Called with each page that is for listeners.</summary>
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
