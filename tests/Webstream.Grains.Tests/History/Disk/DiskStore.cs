using Webstream.Grains.History;
using Webstream.Grains.History.Disk;

namespace Webstream.Grains.Tests.History.Disk;

/// <summary>What tests do with histories on disk.</summary>
internal static class DiskStore
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Appends messages one by one to a stream, after those that it has; each has its sequence as text, and its key.</summary>
    public static async Task<EventId> PushAsync(this DiskStreamHistories logs, string stream, int count, int batch = 1, string? text = null)
    {
        var name = StreamName.Parse(stream);
        var log = logs.LogOf(name);
        await log.OpenAsync(Cancelled);
        for (var i = 0; i < count; i += batch)
        {
            (await log.AppendAsync(Next(log.Range, name, batch, logs.Clock.GetUtcNow(), text), Cancelled)).ShouldBe(AppendResult.Appended);
        }

        return new(log.Range.Epoch, log.Range.Head);
    }

    /// <summary>The next batch of a stream.</summary>
    public static HistoryBatch Next(HistoryRange range, StreamName stream, int count, DateTimeOffset now, string? text = null)
    {
        var epoch = range.Epoch == 0 ? EventId.NewEpoch() : range.Epoch;
        return Messages.Batch([.. Messages.Range(range.Head + 1, count, at: now, epoch: epoch)
            .Select(message => message with { Stream = stream, Message = $"{stream} {message.Id.Sequence} {text}" })]);
    }

    /// <summary>Reads all retained messages in pages, as a new owner.</summary>
    public static async Task<List<StreamMessage>> ReadAllAsync(this DiskStreamHistories logs, string stream, int page = 100)
    {
        var log = logs.LogOf(StreamName.Parse(stream));
        await log.OpenAsync(Cancelled);
        var all = new List<StreamMessage>();
        while (await log.ReadAsync(new(all.Count == 0 ? 0 : all[^1].Id.Sequence, page, int.MaxValue), Cancelled) is { Length: > 0 } messages)
        {
            all.AddRange(messages);
        }

        return all;
    }

    public static HistoryRange RangeOf(this DiskStreamHistories logs, string stream) => logs.RangeOf(StreamName.Parse(stream));
}
