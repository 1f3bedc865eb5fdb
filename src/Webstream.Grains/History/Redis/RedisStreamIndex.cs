using StackExchange.Redis;
using Webstream.Protocol;

namespace Webstream.Grains.History.Redis;

/// <summary>
/// The list of the streams in Redis, and what each retains: see <see cref="RedisIndexScripts"/>. <see cref="RedisIndexChanges"/> gathers what is
/// to be written. Safe for any thread.
/// </summary>
internal sealed class RedisStreamIndex : IDisposable
{
    // How long the result "no stream is quiet enough to give way" is cached.
    private static readonly TimeSpan Believed = TimeSpan.FromSeconds(10);

    private readonly RedisStreamHistories logs;
    private readonly RedisKey[] keys;
    private readonly RedisIndexChanges changes;
    private (long Score, long ReadAt) quietest;

    public RedisStreamIndex(RedisStreamHistories logs)
    {
        this.logs = logs;
        // No stream name begins with ~.
        keys = KeysOf(logs.Prefix, "~streams");
        changes = new(WriteAsync, () => logs.Room.Grain, logs.Time);
    }

    /// <summary>How many streams there are, as read last.</summary>
    public long Streams { get; private set; }

    /// <summary>What all of them retain, in bytes: the estimate that was read last.</summary>
    public long Weight { get; private set; }

    /// <summary>The eight keys, which share a hash slot: names, times, weights, past, sum, kept, founders, used.</summary>
    public static RedisKey[] KeysOf(string cluster, string tag) =>
        [.. ((string[])["names", "times", "weights", "past", "sum", "kept", "founders", "used"]).Select(name => (RedisKey)$"{cluster}:{{{tag}}}:{name}")];

    /// <summary>Gives a stream a place before its first message.</summary>
    /// <returns>False when all places are taken.</returns>
    /// <exception cref="HistoryAwayException">Redis does not answer, or refuses.</exception>
    public async Task<bool> AdmitAsync(StreamName stream) => await AdmitAsync(stream, null) is null;

    /// <summary>Gives a stream a place before its first message, and counts for the key that began it what it will retain.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="claim">What it will retain; none: it counts for nobody.</param>
    /// <returns>Why it is refused; none: it is not.</returns>
    /// <exception cref="HistoryAwayException">Redis does not answer, or refuses.</exception>
    public async Task<AppendResult?> AdmitAsync(StreamName stream, QuotaClaim? claim)
    {
        // That it was gone is over, and must not free the place again.
        changes.CancelGone(stream);
        RedisValue[] arguments =
        [
            stream.Value, logs.Options.MaxStreams, Ago(TimeSpan.Zero), Ago(logs.Rules.LongestRetention),
            claim?.After.Key ?? "", OrNone(claim?.MostStreams), claim?.After.Bytes ?? 0, OrNone(claim?.MostBytes),
        ];
        return (int)await AskAsync(redis => redis.ScriptEvaluateAsync(RedisIndexScripts.Admit, keys, arguments)) switch
        {
            1 => null,
            2 => AppendResult.OverStreams,
            3 => claim!.Value.OverBytes,
            _ => AppendResult.Full,
        };
    }

    /// <summary>What the streams that were begun with each of these keys hold.</summary>
    /// <exception cref="HistoryAwayException">Redis does not answer, or refuses.</exception>
    public async Task<KeyUse[]> UsedByAsync(IReadOnlyList<string> names)
    {
        if (names.Count == 0)
        {
            return [];
        }

        // What this silo has freed counts no more.
        await FlushAsync();
        var found = await AskAsync(redis => redis.HashGetAsync(keys[7], [.. names.SelectMany(name => new RedisValue[] { $"s:{name}", $"b:{name}" })]));
        return [.. found.Chunk(2).Select(one => new KeyUse(StreamMeta.Number(one[0]) ?? 0, StreamMeta.Number(one[1]) ?? 0))];
    }

    /// <summary>Gives a stream a place that it keeps as long as it has settings.</summary>
    /// <returns>False when all places are taken.</returns>
    /// <exception cref="HistoryAwayException">Redis does not answer, or refuses.</exception>
    public async Task<bool> KeepAsync(StreamName stream) => (int)await AskAsync(redis => redis.ScriptEvaluateAsync(
        RedisIndexScripts.Keep, keys, [stream.Value, logs.Options.MaxStreams, Ago(TimeSpan.Zero), Ago(logs.Rules.LongestRetention)])) == 1;

    /// <summary>A stream has no settings any more: it has a place only as long as it has messages.</summary>
    /// <exception cref="HistoryAwayException">Redis does not answer, or refuses.</exception>
    public async Task ReleaseAsync(StreamName stream, StreamMeta meta)
    {
        await AskAsync(redis => redis.ScriptEvaluateAsync(
            RedisIndexScripts.Release, keys, [stream.Value, meta.RetainedMessages > 0 ? meta.HeadAt / 1000 : -1, Ago(TimeSpan.Zero)]));
        quietest = default;
    }

    /// <summary>Queues the state of a stream, as its hash says, for the next write of the list.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="meta">Its hash.</param>
    /// <param name="atOnce">Write at once, without waiting for others: the stream may not be in the list yet.</param>
    /// <param name="grown">What was appended to it, in bytes.</param>
    public void Note(StreamName stream, StreamMeta meta, bool atOnce, long grown = 0) =>
        changes.Put(
            stream,
            new(meta.HeadAt / 1000, meta.RetainedMessages > 0 ? meta.RetainedWeight : -1, meta.Founder?.Name ?? "", meta.RetainedBytes),
            atOnce,
            grown);

    /// <summary>Queues that a stream has no history after all, for the next write of the list.</summary>
    public void NoteGone(StreamName stream) => changes.Put(stream, new(0, -1, "", 0), atOnce: false, grown: 0);

    /// <summary>A stream has no history any more. Its place is free when this returns if Redis answers, else soon after Redis does.</summary>
    public Task DropAsync(StreamName stream)
    {
        NoteGone(stream);
        return FlushAsync();
    }

    /// <inheritdoc cref="RedisIndexChanges.FlushAsync"/>
    public Task FlushAsync() => changes.FlushAsync();

    /// <summary>Names, in order.</summary>
    /// <exception cref="HistoryAwayException">Redis does not answer, or refuses.</exception>
    public async Task<IReadOnlyList<StreamName>> NamesAsync(string prefix, string? after, int limit)
    {
        // Flush first, so that the list contains what this silo has appended.
        await FlushAsync();
        var from = after is not null && string.CompareOrdinal(after, prefix) >= 0 ? $"({after}" : prefix.Length > 0 ? $"[{prefix}" : "-";
        // Names are ASCII, so this sorts after every name with the prefix.
        var to = prefix.Length > 0 ? $"[{prefix}\u00ff" : "+";
        return Names(await AskAsync(redis => redis.ExecuteAsync("ZRANGE", keys[0], from, to, "BYLEX", "LIMIT", 0, limit)));
    }

    /// <summary>Streams to which nothing was pushed since a time, the quietest first.</summary>
    /// <exception cref="HistoryAwayException">Redis does not answer, or refuses.</exception>
    public async Task<IReadOnlyList<StreamName>> QuietestAsync(DateTimeOffset since, int limit)
    {
        var (score, readAt) = quietest;
        if (Milliseconds(since) <= score && logs.Time.GetElapsedTime(readAt) < Believed)
        {
            return [];
        }

        await FlushAsync();
        var scores = await ScoresAsync(keys[1], limit);
        quietest = (scores.Count > 0 ? scores[0].Score : 0, logs.Time.GetTimestamp());
        return [.. scores.Where(one => one.Score < Milliseconds(since)).Select(one => one.Stream)];
    }

    /// <summary>The quietest streams, whenever their newest message was pushed.</summary>
    /// <exception cref="HistoryAwayException">Redis does not answer, or refuses.</exception>
    public async Task<IReadOnlyList<StreamName>> QuietestAsync(int limit) => [.. (await ScoresAsync(keys[1], limit)).Select(one => one.Stream)];

    /// <summary>The streams that retain most, with what they retain, the largest first.</summary>
    /// <exception cref="HistoryAwayException">Redis does not answer, or refuses.</exception>
    public Task<IReadOnlyList<(StreamName Stream, long Score)>> LargestAsync(int skip, int limit) => ScoresAsync(keys[2], limit, skip, "REV");

    /// <summary>Removes the streams whose history expired.</summary>
    /// <returns>The streams of which nothing is to be remembered any more.</returns>
    /// <exception cref="HistoryAwayException">Redis does not answer, or refuses.</exception>
    public async Task<IReadOnlyList<StreamName>> SweepAsync()
    {
        var answer = (RedisResult[])(await AskAsync(redis => redis.ScriptEvaluateAsync(
            RedisIndexScripts.Sweep,
            keys,
            [Ago(TimeSpan.Zero), Ago(logs.Rules.LongestRetention), logs.Options.MaxStreams, Ago(RedisStreamHistories.RememberEpoch)])))!;
        (Weight, Streams) = ((long)answer[0], (long)answer[1]);
        return Names(answer[2]);
    }

    /// <summary>Adds up again what the streams retain: after the loss of a key the sum is wrong.</summary>
    /// <exception cref="HistoryAwayException">Redis does not answer, or refuses.</exception>
    public async Task AddUpAsync()
    {
        await AskAsync(redis => redis.ScriptEvaluateAsync(RedisIndexScripts.Recount, keys));
        const int Page = 1000;
        var (sum, skip) = (0L, 0);
        IReadOnlyList<(StreamName Stream, long Score)> page;
        do
        {
            page = await LargestAsync(skip, Page);
            sum += page.Sum(one => one.Score);
            skip += Page;
        }
        while (page.Count == Page);
        var written = (long)await AskAsync(redis => redis.StringIncrementAsync(keys[4], 0));
        // Writes of others meanwhile make a small difference, which is ignored.
        if (Math.Abs(sum - written) > logs.Room.Grain)
        {
            await AskAsync(redis => redis.StringIncrementAsync(keys[4], sum - written));
        }
    }

    public void Dispose() => changes.Dispose();

    private static RedisValue OrNone(long? most) => most is { } number ? number : "";

    private static long Milliseconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    private long Ago(TimeSpan ago) => Milliseconds(logs.Clock.GetUtcNow() - ago);

    private static IReadOnlyList<StreamName> Names(RedisResult answer) =>
        [.. ((RedisResult[])answer!).Select(name => StreamName.TryParse((string?)name, out var stream) ? stream : null).OfType<StreamName>()];

    private async Task<IReadOnlyList<(StreamName Stream, long Score)>> ScoresAsync(RedisKey set, int limit, int skip = 0, params string[] order)
    {
        var answer = (RedisResult[])(await AskAsync(redis => redis.ExecuteAsync("ZRANGE", [set, skip, skip + limit - 1, .. order, "WITHSCORES"])))!;
        // RESP2 answers one flat list of names and scores, the newer protocol a list of pairs.
        var pairs = answer.SelectMany(one => one.Resp2Type == ResultType.Array ? (RedisResult[])one! : [one]).Chunk(2);
        return [.. pairs.Where(pair => StreamName.TryParse((string?)pair[0], out _)).Select(pair => (StreamName.Parse((string)pair[0]!), (long)(double)pair[1]))];
    }

    private async Task WriteAsync(IEnumerable<RedisValue> some)
    {
        var answer = (RedisResult[])(await AskAsync(redis => redis.ScriptEvaluateAsync(
            RedisIndexScripts.Note, keys, [Ago(TimeSpan.Zero), .. some])))!;
        (Weight, Streams) = ((long)answer[0], (long)answer[1]);
        logs.Room.Keep();
    }

    private Task<T> AskAsync<T>(Func<IDatabase, Task<T>> question) => logs.AskAsync(null, HistoryPart.Counting, question);
}
