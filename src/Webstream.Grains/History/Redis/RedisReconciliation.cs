using System.Runtime.CompilerServices;
using StackExchange.Redis;
using Webstream.Protocol;

namespace Webstream.Grains.History.Redis;

/// <summary>
/// Reconciles the list of streams with the histories. It adds streams that are missing (a silo crashed before it listed them, or an older
/// version wrote them), removes streams that are gone, and adds up what they retain. It also gives subscriptions an expiry. Slowly: it looks at every key in Redis.
/// </summary>
internal sealed class RedisReconciliation(RedisStreamHistories logs, TimeSpan pause)
{
    private const int Page = 250;
    private const string SettingsTail = "}:settings";

    /// <summary>Goes through everything once.</summary>
    /// <exception cref="HistoryAwayException">Redis does not answer, or refuses.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var (head, tail) = ($"{logs.Prefix}:{{", "}:meta");
        await foreach (var keys in PagesAsync($"{head}*{tail}", cancellationToken))
        {
            await AddAsync([.. Streams(keys, head, tail)]);
        }

        await foreach (var keys in PagesAsync($"{head}*{SettingsTail}", cancellationToken))
        {
            foreach (var stream in Streams(keys, head, SettingsTail))
            {
                await logs.Index.KeepAsync(stream);
            }
        }

        // An older version gave them no expiry.
        var subscriptions = new RedisSubscriptions(logs);
        await foreach (var keys in PagesAsync(RedisSubscriptions.Pattern(logs.Prefix), cancellationToken))
        {
            await Task.WhenAll(keys.Select(key => subscriptions.ExpireAsync(key)));
        }

        await logs.Index.FlushAsync();
        string? after = null;
        while (await logs.Index.NamesAsync("", after, Page) is { Count: > 0 } names)
        {
            foreach (var (name, meta) in names.Zip(await logs.MetasAsync(names)))
            {
                if (meta.RetainedMessages == 0)
                {
                    logs.Index.NoteGone(name);
                    if ((await logs.SettingsOfAsync(name, cancellationToken)).IsNone)
                    {
                        // It may have got a place for settings that then were not set.
                        await logs.Index.ReleaseAsync(name, meta);
                    }
                }
            }

            after = names[^1].Value;
            await PauseAsync(cancellationToken);
        }

        await logs.Index.FlushAsync();
        await logs.Index.AddUpAsync();
    }

    private static IEnumerable<StreamName> Streams(string[] keys, string head, string tail) =>
        keys.Select(key => StreamName.TryParse(key[head.Length..^tail.Length], out var stream) ? stream : null).OfType<StreamName>();

    private async Task AddAsync(List<StreamName> streams)
    {
        foreach (var (stream, meta) in streams.Zip(await logs.MetasAsync(streams)))
        {
            // An older version does not write where the retained part begins.
            var now = meta is { Epoch: not null, Oldest: null } ? await logs.TrimAsync(stream) : meta;
            if (now.RetainedMessages > 0)
            {
                logs.Index.Note(stream, now, atOnce: false);
            }
        }
    }

    // SCAN by hand, so that it pauses also after a page without keys of ours: others may keep millions of keys in the same Redis.
    private async IAsyncEnumerable<string[]> PagesAsync(string pattern, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var redis = logs.Link.Connection;
        foreach (var server in redis.GetServers().Where(server => server.IsConnected && !server.IsReplica))
        {
            var cursor = "0";
            do
            {
                object[] arguments = [cursor, "MATCH", pattern, "COUNT", Page];
                var page = (RedisResult[])(await logs.AskAsync(
                    null, HistoryPart.Counting, _ => server.ExecuteAsync(redis.GetDatabase().Database, "SCAN", arguments, CommandFlags.None)))!;
                cursor = page[0].ToString();
                yield return (string[])page[1]!;
                await PauseAsync(cancellationToken);
            }
            while (cursor != "0");
        }
    }

    private Task PauseAsync(CancellationToken cancellationToken) =>
        pause > TimeSpan.Zero ? Task.Delay(pause, logs.Time, cancellationToken) : Task.CompletedTask;
}
