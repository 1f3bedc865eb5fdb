using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json;
using Webstream.Grains;
using Webstream.Grains.History;
using Webstream.Grains.History.Moving;
using Webstream.Protocol;

namespace Webstream.Gateway.Moving;

/// <summary>
/// Puts exported histories into a store, stream by stream, in batches. Ids stay as they are where the export was the final one; else each stream
/// begins a new epoch, because its source may have given out the next numbers too. A stream that has messages is left as it is.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="mayGoOn">
/// Asked before each change, because an import may take hours: throws once whoever imports may not any more. None: nobody can take the right away.
/// </param>
internal sealed class HistoryImport(IHistoryMove store, Func<ValueTask>? mayGoOn = null)
{
    private readonly List<StreamMessage> messages = [];
    private readonly List<MovedKey> keys = [];
    private readonly List<StreamName> skipped = [];
    private readonly List<StreamName> renewed = [];
    private ExportHead? head;
    private StreamName? stream;
    private EventId source;
    private ulong epoch;
    private long next;
    private int bytes;
    private bool skips;
    private bool rulesAreNew;
    private bool closed;
    private string? founder;
    private bool ended;
    private (int Streams, long Messages) done;
    private MovedAmount read = new(0, 0);

    /// <summary>Reads the lines to their end.</summary>
    /// <exception cref="WebstreamException">A line is not as an export has it, or the last one is missing; what came before it is in.</exception>
    public async Task<ImportAnswer> ReadAsync(Stream input, CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(input, new(bufferSize: 64 * 1024));
        for (var number = 1L; ;)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var rest = read.Buffer;
            while (TryLine(ref rest, read.IsCompleted, out var line))
            {
                await TakeAsync(line, number++, cancellationToken);
            }

            if (rest.Length > HistoryLines.LongestLine)
            {
                throw Wrong(number, "is too long");
            }

            reader.AdvanceTo(rest.Start, rest.End);
            if (read.IsCompleted)
            {
                break;
            }
        }

        return ended
            ? new(new(done.Streams, done.Messages), skipped, NewEpochs: head is { Final: false }, renewed)
            : throw new WebstreamException(
                WebstreamError.Invalid, $"The export is not whole: its last line is missing. {new MovedAmount(done.Streams, done.Messages)} are in. The stream at which it breaks off takes no pushes until it is imported whole: import again.");
    }

    private static bool TryLine(ref ReadOnlySequence<byte> rest, bool isLast, out byte[] line)
    {
        if (rest.PositionOf((byte)'\n') is { } end)
        {
            line = rest.Slice(0, end).ToArray();
            rest = rest.Slice(rest.GetPosition(1, end));
            return true;
        }

        line = isLast ? rest.ToArray() : [];
        rest = isLast ? rest.Slice(rest.End) : rest;
        return line.Length > 0;
    }

    private async Task TakeAsync(byte[] line, long number, CancellationToken cancellationToken)
    {
        if (line.Length == 0 || line is [(byte)'\r'])
        {
            return;
        }

        try
        {
            if (head is null)
            {
                head = JsonSerializer.Deserialize(line, MovingJson.Wire.ExportHead) is { Webstream: 1 } known ? known : throw Wrong(number, "is not the head of an export of this version");
            }
            else if (ended)
            {
                throw Wrong(number, "comes after the last line");
            }
            else if (HistoryLines.IsRule(line))
            {
                await SetRuleAsync(JsonSerializer.Deserialize(line, MovingJson.Wire.ExportedRule)!, number, cancellationToken);
            }
            else if (HistoryLines.IsEnd(line))
            {
                await EndStreamAsync(number, cancellationToken);
                var said = JsonSerializer.Deserialize(line, MovingJson.Wire.ExportEnd)!.End;
                ended = said == read ? true : throw Wrong(number, $"says that there are {said}, but there were {read}");
            }
            else if (line.AsSpan().StartsWith("{\"stream\":"u8))
            {
                await EndStreamAsync(number, cancellationToken);
                read = read with { Streams = read.Streams + 1 };
                await BeginStreamAsync(JsonSerializer.Deserialize(line, MovingJson.Wire.ExportedStream)!, number, cancellationToken);
            }
            else
            {
                await AddAsync(JsonSerializer.Deserialize(line, MovingJson.Wire.ExportedMessage)!, number, cancellationToken);
            }
        }
        catch (Exception failure) when (failure is JsonException or FormatException or OverflowException or InvalidOperationException)
        {
            throw Wrong(number, $"is not as an export has it ({failure.Message})");
        }
    }

    private ValueTask DemandAsync() => mayGoOn?.Invoke() ?? default;

    private async Task SetRuleAsync(ExportedRule ruled, long number, CancellationToken cancellationToken)
    {
        if (read.Streams > 0)
        {
            throw Wrong(number, "is a rule behind a stream");
        }

        if (ruled is not { Rule: { } name, Access: { } access } || access.ToRule() is not { } rule)
        {
            throw Wrong(number, "has a rule that cannot be");
        }

        // It opens nothing: what a rule opened elsewhere may be closed here by configuration.
        rule = rule.Closing;
        if (rule.IsNone)
        {
            return;
        }

        await DemandAsync();
        rulesAreNew |= await store.SetRuleAsync(name, rule, cancellationToken) switch
        {
            RuleOutcome.Set => true,
            RuleOutcome.Full => throw new WebstreamException(
                WebstreamError.Conflict, $"There are as many streams with rules of their own as may be ({OwnRule.MaxRules}); no message was imported."),
            _ => throw new WebstreamException(WebstreamError.Unavailable, $"Others change the rule of stream {name} all the time; no message was imported. Import again."),
        };
    }

    private async Task BeginStreamAsync(ExportedStream begun, long number, CancellationToken cancellationToken)
    {
        if (rulesAreNew)
        {
            // No message is there before every gateway keeps to them.
            await store.SettleRulesAsync(cancellationToken);
            rulesAreNew = false;
        }

        await DemandAsync();
        var settings = begun.Settings?.ToSettings() ?? StreamSettings.None;
        if (!StreamLimits.Allow(settings))
        {
            throw Wrong(number, "has settings that cannot be");
        }

        if (begun.Head is not { } last)
        {
            await SetAsync(begun.Stream, settings, cancellationToken);
            await store.CompleteAsync(begun.Stream, closed: false, cancellationToken);
            done.Streams++;
            return;
        }

        if (last is not { Epoch: > 0, Sequence: > 0 } || begun.Oldest < 1 || begun.Oldest > last.Sequence + 1 || begun.HeadAt is not { } at)
        {
            throw Wrong(number, "names a head and an oldest message that cannot be");
        }

        if (begun.Founder is { } key && !KeyJson.IsName(key))
        {
            throw Wrong(number, "names a key that cannot be");
        }

        (stream, source, next, closed, founder) = (begun.Stream, last, begun.Oldest, begun.Closed == true, begun.Founder);
        epoch = last.Epoch;
        var result = head!.Final
            ? await store.BeginAsync(begun.Stream, new(epoch, begun.Oldest - 1), at, Math.Max(begun.Life ?? 1, 1), cancellationToken)
            : MoveResult.Older;
        if (result == MoveResult.Older)
        {
            epoch = EventId.NewEpoch();
            result = await store.BeginAsync(begun.Stream, new(epoch, begun.Oldest - 1), at, life: 0, cancellationToken);
            if (head.Final && result == MoveResult.Done)
            {
                renewed.Add(begun.Stream);
            }
        }

        if (result == MoveResult.Full)
        {
            throw Full(begun.Stream);
        }

        skips = result != MoveResult.Done;
        if (skips)
        {
            skipped.Add(begun.Stream);
        }
        else
        {
            await SetAsync(begun.Stream, settings, cancellationToken);
        }
    }

    private async Task SetAsync(StreamName name, StreamSettings settings, CancellationToken cancellationToken)
    {
        if (!settings.IsNone && await store.SetAsync(name, settings, cancellationToken) == MoveResult.Full)
        {
            throw Full(name);
        }
    }

    private async Task AddAsync(ExportedMessage exported, long number, CancellationToken cancellationToken)
    {
        if (stream is not { } name || exported.Stream != name || exported.Id != source with { Sequence = next } || next > source.Sequence)
        {
            throw Wrong(number, string.Create(CultureInfo.InvariantCulture, $"is not message {next} of the stream before it"));
        }

        if (exported.End && next != source.Sequence)
        {
            throw Wrong(number, "is an end with messages behind it");
        }

        closed |= exported.End;
        next++;
        read = read with { Messages = read.Messages + 1 };
        if (skips)
        {
            return;
        }

        var message = exported.ToMessage(epoch);
        if (!message.IsEnd)
        {
            // An import is made by a program, but whoever has the key may have written it by hand.
            PushRules.Check(new(message.Stream, [ItemOf(message)]), PushRules.MaxBatchBytes);
        }

        if (messages.Count == PushRules.MaxBatchMessages || (messages.Count > 0 && bytes + message.Size > PushRules.MaxBatchBytes))
        {
            await FlushAsync(cancellationToken);
        }

        messages.Add(message);
        bytes += message.Size;
        keys.AddRange((exported.Keys ?? []).Select(key => new MovedKey(key.Key, key.Print, message.Id.Sequence, key.Count, key.At)));
    }

    private async Task EndStreamAsync(long number, CancellationToken cancellationToken)
    {
        if (stream is not { } name)
        {
            return;
        }

        if (next != source.Sequence + 1)
        {
            throw Wrong(number, string.Create(CultureInfo.InvariantCulture, $"comes before message {next} of stream {name}"));
        }

        if (!skips)
        {
            await FlushAsync(cancellationToken);
            if (await store.CompleteAsync(name, closed, cancellationToken) != MoveResult.Done)
            {
                throw Meddled(name);
            }

            done.Streams++;
        }

        stream = null;
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (messages.Count == 0 || stream is not { } name)
        {
            return;
        }

        var page = new MovedPage(epoch, 0, 0, default, [.. messages], [.. keys], Founder: founder);
        await DemandAsync();
        if (await store.AppendAsync(name, page, cancellationToken) != MoveResult.Done)
        {
            throw Meddled(name);
        }

        done.Messages += messages.Count;
        messages.Clear();
        keys.Clear();
        bytes = 0;
    }

    private static PushItem ItemOf(StreamMessage message) => new()
    {
        Message = message.Message,
        Event = message.Event,
        Source = message.Source,
        SourceVerified = message.SourceVerified,
        InReplyTo = message.InReplyTo,
        Options = message.Options,
    };

    private static WebstreamException Meddled(StreamName stream) => new(
        WebstreamError.Moved, $"Somebody changed stream {stream} during the import (another import, or a deletion), which cannot go on. Import again.");

    private static WebstreamException Full(StreamName stream) =>
        new(WebstreamError.Unavailable, $"There is no room for stream {stream} (Webstream__Log__MaxStreams).");

    private static WebstreamException Wrong(long number, string what) =>
        new(WebstreamError.Invalid, string.Create(CultureInfo.InvariantCulture, $"Line {number} {what}. Import what `webstream-gateway history export` wrote."));
}
