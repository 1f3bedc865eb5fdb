using Webstream.Grains.History;

namespace Webstream.Grains.Tests.History;

/// <summary>Messages and batches as a stream's owner makes them.</summary>
internal static class Messages
{
    public const ulong Epoch = 0xabc;

    public static StreamMessage[] Range(long first, int count, string text = "text", DateTimeOffset? at = null, ulong epoch = Epoch) =>
        [.. Enumerable.Range(0, count).Select(i => new StreamMessage
        {
            Id = new(epoch, first + i),
            Stream = StreamName.Main,
            Timestamp = at ?? DateTimeOffset.UnixEpoch,
            Message = text,
        })];

    public static HistoryBatch Batch(params StreamMessage[] messages) => new(
        Guid.NewGuid(),
        messages[0].Id.Epoch,
        messages,
        [new KeyRecord($"key-{messages[0].Id.Sequence}", 1, messages[0].Id.Sequence, messages.Length, messages[0].Timestamp)]);
}
