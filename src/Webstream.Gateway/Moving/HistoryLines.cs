using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Webstream.Grains;
using Webstream.Grains.History;
using Webstream.Grains.History.Moving;
using Webstream.Protocol;

namespace Webstream.Gateway.Moving;

/// <summary>
/// The lines of an exported history: JSON objects, one a line. The first says what this is. Lines that begin with <c>rule</c> follow, each with the
/// rule that a stream has of its own: before all messages, so that whoever imports them can close the streams first; programs that know no rules refuse
/// such a line. A line that begins with <c>stream</c> begins a stream,
/// with its own settings if it has any; its messages follow, one a line, as <c>format=json</c> has them; the last message of a push has the push's
/// key besides, and the end mark of a closed stream says <c>end</c>. The last line says how much there was: without it the export was cut off.
/// </summary>
internal static class HistoryLines
{
    /// <summary>The media type.</summary>
    public const string MediaType = "application/x-ndjson";

    /// <summary>The longest line, in bytes: a message of the largest batch, escaped.</summary>
    public const int LongestLine = 8 * 1024 * 1024;

    private const int Version = 1;

    /// <summary>Writes the histories of a store.</summary>
    /// <param name="store">The store.</param>
    /// <param name="only">One stream alone; none: all.</param>
    /// <param name="final">End the pushes to each stream first.</param>
    /// <param name="output">Gets the lines.</param>
    /// <param name="time">Says when.</param>
    /// <param name="cancellationToken">Ends the export.</param>
    public static async Task<MovedAmount> WriteAsync(
        IHistoryMove store, StreamName? only, bool final, Stream output, TimeProvider time, CancellationToken cancellationToken)
    {
        var (streams, messages) = (0, 0L);
        var rules = await store.RulesAsync(cancellationToken);
        await LineAsync(output, new ExportHead(Version, final, time.GetUtcNow()), MovingJson.Wire.ExportHead, cancellationToken);
        foreach (var (stream, rule) in rules.Rules.Where(one => only is not { } name || one.Stream == name.Value).OrderBy(one => one.Stream, StringComparer.Ordinal))
        {
            await LineAsync(output, new ExportedRule(StreamName.Parse(stream), ExportedAccess.Of(rule)), MovingJson.Wire.ExportedRule, cancellationToken);
        }

        await foreach (var stream in NamesAsync(store, only, cancellationToken))
        {
            if (final)
            {
                await store.FinishAsync(stream, cancellationToken);
            }

            if (await StreamAsync(store, stream, output, cancellationToken) is { } count)
            {
                (streams, messages) = (streams + 1, messages + count);
            }
        }

        if ((await store.RulesAsync(cancellationToken)).Version != rules.Version)
        {
            throw new WebstreamException(
                WebstreamError.Unavailable, "The rule of a stream was changed during the export, which has the one of before. Export again.");
        }

        var amount = new MovedAmount(streams, messages);
        await LineAsync(output, new ExportEnd(amount), MovingJson.Wire.ExportEnd, cancellationToken);
        await output.FlushAsync(cancellationToken);
        return amount;
    }

    /// <summary>Whether a line is the rule of a stream.</summary>
    public static bool IsRule(ReadOnlySpan<byte> line) => line.StartsWith("{\"rule\":"u8);

    /// <summary>Whether a line is the last one of a whole export.</summary>
    public static bool IsEnd(ReadOnlySpan<byte> line) => line.StartsWith("{\"end\":"u8);

    private static async IAsyncEnumerable<StreamName> NamesAsync(
        IHistoryMove store, StreamName? only, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (only is { } one)
        {
            yield return one;
            yield break;
        }

        string? after = null;
        while (await store.NamesAsync(after, cancellationToken) is { Count: > 0 } names)
        {
            foreach (var name in names)
            {
                yield return name;
            }

            after = names[^1].Value;
        }
    }

    private static async Task<long?> StreamAsync(IHistoryMove store, StreamName stream, Stream output, CancellationToken cancellationToken)
    {
        var page = await store.ReadAsync(stream, 0, cancellationToken);
        var settings = page.Settings is { IsNone: false } own ? ExportedSettings.Of(own) : null;
        // What is pushed meanwhile belongs to the next export.
        var (epoch, head) = (page.Epoch, page.Head);
        if (head == 0)
        {
            if (settings is not null)
            {
                await LineAsync(output, new ExportedStream(stream, null, 1, null, null, null, null, settings), MovingJson.Wire.ExportedStream, cancellationToken);
            }

            return settings is null ? null : 0;
        }

        var next = page.Messages.Length > 0 ? page.Messages[0].Id.Sequence : head + 1;
        await LineAsync(output, new ExportedStream(stream, new(epoch, head), next, page.HeadAt, page.Life, page.Closed ? true : null, page.Founder, settings), MovingJson.Wire.ExportedStream, cancellationToken);
        var count = 0L;
        while (next <= head)
        {
            if (page.Epoch != epoch || page.Messages.Length == 0 || page.Messages[0].Id.Sequence != next)
            {
                throw new WebstreamException(
                    WebstreamError.Unavailable, $"The history of stream {stream} lost messages while it was exported, for they grew too old or too many. Export it again.");
            }

            var keys = page.Keys.ToLookup(key => key.Last);
            foreach (var message in page.Messages.TakeWhile(message => message.Id.Sequence <= head))
            {
                await LineAsync(output, ExportedMessage.Of(message, keys[message.Id.Sequence]), MovingJson.Wire.ExportedMessage, cancellationToken);
                (next, count) = (message.Id.Sequence + 1, count + 1);
            }

            if (next <= head)
            {
                page = await store.ReadAsync(stream, next - 1, cancellationToken);
            }
        }

        return count;
    }

    private static async Task LineAsync<T>(Stream output, T value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var line = new ArrayBufferWriter<byte>(1024);
        await using (var json = new Utf8JsonWriter(line, MovingJson.Written))
        {
            JsonSerializer.Serialize(json, value, type);
        }

        line.Write("\n"u8);
        await output.WriteAsync(line.WrittenMemory, cancellationToken);
    }
}

/// <summary>How much was moved.</summary>
/// <param name="Streams">Streams.</param>
/// <param name="Messages">Messages.</param>
internal sealed record MovedAmount(int Streams, long Messages)
{
    /// <summary>For people.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Messages} messages of {Streams} streams");
}

/// <summary>The first line.</summary>
internal sealed record ExportHead(int Webstream, bool Final, [property: JsonConverter(typeof(TimestampJsonConverter))] DateTimeOffset At);

/// <summary>
/// The line that begins a stream. Without a head it has settings alone. The life tells whether the epoch may go on where it is imported: not
/// where the stream has had a later one. The head of a closed stream is its end mark, which may not be retained any more.
/// The founder is the name of the key that began it.
/// </summary>
internal sealed record ExportedStream(
    StreamName Stream, EventId? Head, long Oldest, [property: JsonConverter(typeof(TimestampJsonConverter))] DateTimeOffset? HeadAt, long? Life, bool? Closed, string? Founder,
    ExportedSettings? Settings);

/// <summary>A stream's own settings.</summary>
/// <param name="RetainedMessages"><see cref="StreamSettings.RetainedMessages"/>.</param>
/// <param name="RetainedBytes"><see cref="StreamSettings.RetainedBytes"/>.</param>
/// <param name="Retention"><see cref="StreamSettings.Retention"/>.</param>
/// <param name="Description"><see cref="StreamSettings.Description"/>.</param>
internal sealed record ExportedSettings(int? RetainedMessages, long? RetainedBytes, TimeSpan? Retention, string? Description)
{
    public static ExportedSettings Of(StreamSettings settings) =>
        new(settings.RetainedMessages, settings.RetainedBytes, settings.Retention, settings.Description);

    public StreamSettings ToSettings() =>
        new() { RetainedMessages = RetainedMessages, RetainedBytes = RetainedBytes, Retention = Retention, Description = Description };
}

/// <summary>The line of a message.</summary>
internal sealed record ExportedMessage
{
    public required EventId Id { get; init; }

    public required StreamName Stream { get; init; }

    [JsonConverter(typeof(TimestampJsonConverter))]
    public required DateTimeOffset Timestamp { get; init; }

    public string? Event { get; init; }

    public required string Message { get; init; }

    public string? Source { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool SourceVerified { get; init; }

    public EventId? InReplyTo { get; init; }

    public IReadOnlyList<string>? Options { get; init; }

    /// <summary>This is the end mark of a closed stream.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool End { get; init; }

    /// <summary>The keys of the pushes that this message was the last one of.</summary>
    public IReadOnlyList<ExportedKey>? Keys { get; init; }

    public static ExportedMessage Of(StreamMessage message, IEnumerable<MovedKey> keys) => new()
    {
        Id = message.Id,
        Stream = message.Stream,
        Timestamp = message.Timestamp,
        Event = message.Event,
        Message = message.Message,
        Source = message.Source,
        SourceVerified = message.SourceVerified,
        InReplyTo = message.InReplyTo,
        Options = message.Options,
        End = message.IsEnd,
        Keys = keys.Select(key => new ExportedKey(key.Key, key.Fingerprint, key.Count, key.At)).ToArray() is { Length: > 0 } some ? some : null,
    };

    public StreamMessage ToMessage(ulong epoch) => End ? StreamMessage.EndOf(Stream, Id with { Epoch = epoch }, Timestamp) : new()
    {
        Id = Id with { Epoch = epoch },
        Stream = Stream,
        Timestamp = Timestamp,
        Event = Event,
        Message = Message,
        Source = Source,
        SourceVerified = SourceVerified,
        InReplyTo = InReplyTo is { } asked && asked.Epoch == Id.Epoch ? asked with { Epoch = epoch } : InReplyTo,
        Options = Options,
    };
}

/// <summary>The key of a push.</summary>
internal sealed record ExportedKey(string Key, string Print, int Count, [property: JsonConverter(typeof(TimestampJsonConverter))] DateTimeOffset At);

/// <summary>The last line.</summary>
internal sealed record ExportEnd(MovedAmount End);

/// <summary>What became of an import.</summary>
/// <param name="Imported">What was moved.</param>
/// <param name="Skipped">The streams that were left as they are, because they have messages.</param>
/// <param name="NewEpochs">Whether all streams begin new epochs: the export was not the final one, so ids may have been given out twice.</param>
/// <param name="Renewed">The streams that begin a new epoch because they have had a later life here.</param>
internal sealed record ImportAnswer(
    MovedAmount Imported, IReadOnlyList<StreamName> Skipped, bool NewEpochs, IReadOnlyList<StreamName> Renewed);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ExportHead))]
[JsonSerializable(typeof(ExportedRule))]
[JsonSerializable(typeof(ExportedStream))]
[JsonSerializable(typeof(ExportedMessage))]
[JsonSerializable(typeof(ExportEnd))]
[JsonSerializable(typeof(ImportAnswer))]
[JsonSerializable(typeof(RenewAnswer))]
internal sealed partial class MovingJson : JsonSerializerContext
{
    /// <summary>The one instance to serialise with: text stays readable.</summary>
    public static MovingJson Wire { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>How a line is written.</summary>
    public static JsonWriterOptions Written { get; } = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
