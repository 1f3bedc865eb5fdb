using System.Globalization;
using StackExchange.Redis;
using Webstream.Protocol;

namespace Webstream.Grains.History.Redis;

/// <summary>Reads a stream's messages from Redis, in chunks: large messages must not come by hundreds.</summary>
/// <param name="logs">The histories.</param>
/// <param name="stream">The stream.</param>
/// <param name="keys">Its keys, as <see cref="RedisStreamHistories.KeysOf"/> gives them.</param>
internal sealed class RedisPageReader(RedisStreamHistories logs, StreamName stream, RedisKey[] keys)
{
    /// <summary>Reads one page.</summary>
    /// <param name="query">The page. The sequence that it begins after has a successor.</param>
    /// <param name="check">Called with the epoch of each chunk; refuses the epoch of another owner.</param>
    /// <exception cref="HistoryAwayException">Redis does not answer, or refuses, or a message is not as it was written.</exception>
    public async Task<List<StreamMessage>> ReadAsync(HistoryQuery query, Action<ulong> check)
    {
        var page = new List<StreamMessage>();
        var (after, bytes) = (query.After, 0);
        while (page.Count < query.MaxMessages && (page.Count == 0 || bytes < query.MaxBytes))
        {
            var count = Math.Min(query.MaxMessages - page.Count, RedisEntries.ChunkOf(query.MaxBytes - bytes, page));
            var (epoch, entries) = await ReadChunkAsync(after + 1, count);
            check(epoch);
            foreach (var entry in entries)
            {
                var message = Message(entry, epoch);
                if (page.Count > 0 && bytes >= query.MaxBytes)
                {
                    break;
                }

                page.Add(message);
                bytes += message.Size;
                after = message.Id.Sequence;
            }

            if (entries.Length < count)
            {
                break;
            }
        }

        return page;
    }

    // The epoch is read before and after the messages: messages of a later epoch must not pass for this one's.
    private async Task<(ulong Epoch, StreamEntry[] Entries)> ReadChunkAsync(long first, int count)
    {
        var (before, entries, after) = await logs.AskAsync(stream, HistoryPart.Reading, async redis =>
        {
            var before = redis.HashGetAsync(keys[0], "epoch");
            var entries = redis.StreamRangeAsync(keys[1], $"{first.ToString(CultureInfo.InvariantCulture)}-0", count: count);
            var after = redis.HashGetAsync(keys[0], "epoch");
            await Task.WhenAll(before, entries, after);
            return (await before, await entries, await after);
        });
        return (RedisEntries.Epoch(before.IsNull || before == after ? after : RedisValue.Null), entries);
    }

    private StreamMessage Message(StreamEntry entry, ulong epoch)
    {
        try
        {
            return RedisEntries.Message(entry, epoch, stream);
        }
        catch (HistoryAwayException away)
        {
            logs.Unreadable(stream, away);
            throw;
        }
    }
}
