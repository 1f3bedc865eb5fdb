using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using StackExchange.Redis;
using Webstream.Grains.History.Moving;
using Webstream.Grains.Trial;
using Webstream.Protocol;

namespace Webstream.Grains.History.Redis;

/// <summary>The histories in Redis.</summary>
internal sealed class RedisStreamHistories : IStreamHistories, IDisposable
{
    /// <summary>How long a stream's epoch and head are remembered beyond its last message.</summary>
    public static readonly TimeSpan RememberEpoch = TimeSpan.FromDays(30);

    /// <summary>How long Redis remembers that a stream gave way.</summary>
    public static readonly TimeSpan RememberForgotten = TimeSpan.FromDays(1);

    // The most messages that one call trims, so that no call holds up Redis for long.
    private const int MaxTrimmed = 1000;

    private readonly HistoryWatch watch;
    private readonly RedisHealth health;
    private readonly RedisClock clock;

    public RedisStreamHistories(
        IOptions<HistoryOptions> options,
        IOptions<ClusterOptions> cluster,
        HistoryMetrics metrics,
        TimeProvider time,
        RedisClock clock,
        RedisLink link,
        ILogger<RedisStreamHistories> logger,
        RedisUser? user = null,
        RetentionRules? rules = null)
    {
        Prefix = cluster.Value.ServiceId;
        (Options, Metrics, Time, this.clock) = (options.Value, metrics, time, clock);
        Rules = rules ?? RetentionRules.Of(options);
        Link = link;
        watch = new(logger);
        health = new(Link, new(Prefix, user?.Name, RedisUse.Silo), watch, time);
        Index = new(this);
        Room = new(this);
    }

    public bool LostWithProcess => false;

    public bool OnlyInThisProcess => false;

    /// <summary>Tells clusters on one Redis apart.</summary>
    public string Prefix { get; }

    public HistoryOptions Options { get; }

    /// <summary>The bounds of each stream.</summary>
    public RetentionRules Rules { get; }

    public HistoryMetrics Metrics { get; }

    public TimeProvider Time { get; }

    /// <summary>The clock of Redis.</summary>
    public TimeProvider Clock => clock;

    /// <summary>The link to Redis.</summary>
    public RedisLink Link { get; }

    /// <summary>The list of the streams.</summary>
    public RedisStreamIndex Index { get; }

    /// <summary>The bound on all streams together.</summary>
    public RedisRoom Room { get; }

    public IStreamMove MoveOf(StreamName stream) => new RedisMove(this, stream);

    public IStreamHistory LogOf(StreamName stream) => new RedisStreamHistory(this, stream);

    /// <summary>The keys of a stream: the hash, the messages, the idempotency keys, the settings. The braces put them into one slot of a Redis cluster.</summary>
    public RedisKey[] KeysOf(StreamName stream) =>
        [
            $"{Prefix}:{{{stream.Value}}}:meta",
            $"{Prefix}:{{{stream.Value}}}:log",
            $"{Prefix}:{{{stream.Value}}}:keys",
            $"{Prefix}:{{{stream.Value}}}:settings",
        ];

    public async Task CheckAsync()
    {
        try
        {
            await Link.AskAsync(redis => redis.PingAsync());
        }
        catch (HistoryAwayException away) when (away.Redis is { Kind: RedisRefusalKind.Command or RedisRefusalKind.Absent })
        {
            // A refusal of PING is an answer too.
        }
    }

    public async Task<HistoryHealth> AskHealthAsync()
    {
        await health.TryAsync();
        return watch.Health;
    }

    public async ValueTask<KeyUse[]> UsedByAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) => await Index.UsedByAsync(keys);

    public async ValueTask<FoundHistory> FindAsync(StreamName stream, CancellationToken cancellationToken)
    {
        var meta = await MetaAsync(stream);
        return new(meta.Range, meta.Gone, meta.Deleted);
    }

    public async ValueTask<StreamSettings> SettingsOfAsync(StreamName stream, CancellationToken cancellationToken) => RedisStreamSettings.Of(
        await AskAsync(stream, HistoryPart.Reading, redis => redis.HashGetAsync(KeysOf(stream)[3], RedisStreamSettings.Fields)));

    public async ValueTask<IReadOnlyList<ListedHistory>> ListAsync(string prefix, string? after, int limit, CancellationToken cancellationToken)
    {
        var listed = new List<ListedHistory>();
        while (listed.Count < limit)
        {
            var wanted = limit - listed.Count;
            var names = await Index.NamesAsync(prefix, after, wanted);
            listed.AddRange(await LogsOfAsync(names));
            if (names.Count < wanted)
            {
                break;
            }

            after = names[^1].Value;
        }

        return listed;
    }

    public async ValueTask<IReadOnlyList<StreamName>> NamesAsync(string? after, int limit, CancellationToken cancellationToken) =>
        await Index.NamesAsync("", after, limit);

    public async ValueTask<IReadOnlyList<ListedHistory>> QuietestAsync(DateTimeOffset quietSince, int limit, CancellationToken cancellationToken) =>
        await LogsOfAsync(await Index.QuietestAsync(quietSince, limit));

    /// <summary>Sends a request for one stream (none: for no single stream), and records whether that part of the history works.</summary>
    /// <exception cref="HistoryAwayException">Redis does not answer, or refuses.</exception>
    public async Task<T> AskAsync<T>(StreamName? stream, HistoryPart part, Func<IDatabase, Task<T>> question)
    {
        try
        {
            if (!clock.IsKnown)
            {
                await Link.AskAsync(clock.MeasureAsync);
            }

            var answer = await Link.AskAsync(question);
            health.Worked(part, stream);
            return answer;
        }
        catch (HistoryAwayException away)
        {
            var named = Located(stream, await health.NamedAsync(part, away));
            health.Failed(part, stream, named);
            throw named;
        }
    }

    /// <summary>Trims a stream's history to its bounds.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="maxWeight">The most that may be left, as weight; by default only the stream's own bounds count.</param>
    /// <param name="keepNewest">False: nothing may be left.</param>
    /// <exception cref="HistoryAwayException">Redis does not answer, or refuses.</exception>
    public async Task<StreamMeta> TrimAsync(StreamName stream, long maxWeight = long.MaxValue, bool keepNewest = true)
    {
        var (bounds, most) = (Rules.ConfiguredFor(stream), Rules.MostFor(stream));
        while (true)
        {
            var (meta, more) = await AskAsync(stream, HistoryPart.Trimming, async redis =>
            {
                RedisValue[] arguments =
                [
                    bounds.Messages, bounds.Bytes, maxWeight, Microseconds(bounds.Retention), MaxTrimmed, RedisEntries.Time(Clock.GetUtcNow()),
                    most.Messages, most.Bytes, Microseconds(most.Retention), keepNewest ? 0 : 1,
                ];
                var answer = (RedisResult[])(await redis.ScriptEvaluateAsync(RedisScripts.Trim, KeysOf(stream), arguments))!;
                return (Readable(stream, StreamMeta.Of(answer[0])), (int)answer[1]);
            });
            if (more == 0)
            {
                return meta;
            }
        }
    }

    /// <summary>Reads the hash of a stream: one cheap read.</summary>
    /// <exception cref="HistoryAwayException">Redis does not answer, or refuses.</exception>
    public async Task<StreamMeta> MetaAsync(StreamName stream) =>
        At(stream, await AskAsync(stream, HistoryPart.Reading, async redis =>
            Readable(stream, StreamMeta.Of(await redis.HashGetAsync(KeysOf(stream)[0], StreamMeta.Fields)))));

    /// <summary>Reads the hashes of several streams, all at once.</summary>
    /// <exception cref="HistoryAwayException">Redis does not answer, or refuses.</exception>
    public async Task<StreamMeta[]> MetasAsync(IReadOnlyList<StreamName> streams) => streams.Count == 0 ? [] :
        [.. streams.Zip(
            await AskAsync(null, HistoryPart.Reading, redis => Task.WhenAll(streams.Select(stream => redis.HashGetAsync(KeysOf(stream)[0], StreamMeta.Fields)))),
            (stream, fields) => At(stream, StreamMeta.Of(fields)))];

    /// <summary>Returns the hash of a stream, if it is as this product writes it.</summary>
    /// <exception cref="HistoryAwayException">It is not: the stream's position is unknown.</exception>
    public static StreamMeta Readable(StreamName stream, StreamMeta meta)
    {
        if (meta.IsReadable)
        {
            return meta;
        }

        throw RedisFailures.Refused(
            new(
                RedisRefusalKind.Other,
                $"Epoch, head, bytes or weight of stream {stream} in Redis is not as it was written; with its keys deleted the stream begins anew"),
            maybeIn: false);
    }

    /// <summary>Records that data of a stream cannot be used, although Redis returned it.</summary>
    public void Unreadable(StreamName stream, HistoryAwayException away) => health.Failed(HistoryPart.Reading, stream, away);

    public void Dispose() => Index.Dispose();

    private static long Microseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;

    private StreamMeta At(StreamName stream, StreamMeta meta) => meta.At(Clock.GetUtcNow(), Rules.ConfiguredFor(stream).Retention);

    // Redis does not say which key has the wrong data.
    private HistoryAwayException Located(StreamName? stream, HistoryAwayException away) => away.Redis is { IsOfTheData: true } refusal
        ? RedisFailures.Refused(refusal with { What = $"{refusal.What} (at the keys {Prefix}:{{{stream?.Value ?? "~streams"}}}:*)" }, away.MaybeIn)
        : away;

    // A name may be in the list before its stream has history, for a moment after the history ended, and because the stream has settings.
    private async Task<IReadOnlyList<ListedHistory>> LogsOfAsync(IReadOnlyList<StreamName> names) =>
        [.. names.Zip(await MetasAsync(names), (name, meta) => new ListedHistory(name, meta.Range)).Where(log => log.Range.Head > 0)];
}

/// <summary>As whom a process comes to Redis.</summary>
/// <param name="Name">The user; none: the default one.</param>
/// <param name="Options">The options of its connection, with the password; none: those that the connection tells.</param>
internal sealed record RedisUser(string? Name, ConfigurationOptions? Options = null);
