using System.ComponentModel;
using System.Text;
using System.Text.Json.Serialization;
using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>The call that continues an answer. The text says the same, because some clients show a model only the one or the other.</summary>
internal sealed record NextCall
{
    /// <summary>The tool: always <c>read_stream</c>.</summary>
    public required string Tool { get; init; }

    public required ReadCall Arguments { get; init; }

    /// <summary>A call that goes to the same gateway.</summary>
    public static NextCall Read(GatewayTarget target, ReadCall arguments) => new() { Tool = "read_stream", Arguments = arguments with { Port = target.Port } };

    /// <summary>The call in words, in one line.</summary>
    public string InWords() => $"{Tool} with {Arguments.InWords()}";
}

/// <summary>Arguments of <c>read_stream</c>.</summary>
internal sealed record ReadCall
{
    public required string Stream { get; init; }

    public string? After { get; init; }

    public string? Id { get; init; }

    public int? Offset { get; init; }

    public string? InReplyTo { get; init; }

    public string? Event { get; init; }

    [JsonPropertyName("from_others")]
    public bool? FromOthers { get; init; }

    public int? Limit { get; init; }

    [JsonPropertyName("settle_seconds")]
    public int? SettleSeconds { get; init; }

    [JsonPropertyName("wait_seconds")]
    public int? WaitSeconds { get; init; }

    public int? Port { get; init; }

    /// <summary>A wait that is as long as one call can wait.</summary>
    public static int LongestWait => (int)ReadRequest.MaxWait.TotalSeconds;

    public string InWords()
    {
        var words = new StringBuilder($"stream=\"{Stream}\"");
        Text("after", After);
        Text("id", Id);
        Number("offset", Offset);
        Text("inReplyTo", InReplyTo);
        Text("event", Event);
        Number("limit", Limit);
        words.Append(FromOthers == true ? ", from_others=true" : "");
        Number("settle_seconds", SettleSeconds);
        Number("wait_seconds", WaitSeconds);
        Number("port", Port);
        return words.ToString();

        void Text(string name, string? value) => words.Append(value is null ? "" : $", {name}=\"{value}\"");
        void Number(string name, long? value) => words.Append(value is null ? "" : $", {name}={value}");
    }
}
