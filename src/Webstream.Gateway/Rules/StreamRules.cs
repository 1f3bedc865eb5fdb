using Microsoft.Extensions.Options;
using Webstream.Grains;
using Webstream.Grains.History;
using Webstream.Protocol;

namespace Webstream.Gateway.Rules;

/// <summary>What is open to callers without a key, in one stream.</summary>
/// <param name="Read">Who may listen and read.</param>
/// <param name="Write">Who may push.</param>
/// <param name="Listed">Whether lists name it.</param>
internal readonly record struct StreamRule(ReadPolicy Read, WritePolicy Write, bool Listed);

/// <summary>
/// The rules of streams, from configuration: those of the first pattern that matches a stream's name, and where it says nothing those of all
/// streams.
/// </summary>
internal sealed class StreamRules
{
    private readonly StreamRule usual;
    private readonly StreamPattern[] patterns;

    public StreamRules(IOptions<AccessOptions> access, IOptions<StreamsOptions> streams)
    {
        usual = new(access.Value.Read, access.Value.Write, Listed: true);
        patterns = [.. streams.Value.Patterns];
        var all = patterns.Select(Of).Append(usual).ToArray();
        LoosestWrite = all.Max(rule => rule.Write);
        LoosestRead = all.Min(rule => rule.Read);
        HidesSome = Array.Exists(all, rule => rule.Read == ReadPolicy.Key || !rule.Listed);
    }

    /// <summary>Who may push to at least one stream.</summary>
    public WritePolicy LoosestWrite { get; }

    /// <summary>Who may read at least one stream.</summary>
    public ReadPolicy LoosestRead { get; }

    /// <summary>Some streams are not to be seen without a key.</summary>
    public bool HidesSome { get; }

    /// <summary>The rule for the streams that no pattern names.</summary>
    public StreamRule Usual => usual;

    /// <summary>The rule for a stream.</summary>
    public StreamRule Of(StreamName stream) => Array.Find(patterns, pattern => pattern.Matches(stream)) is { } match ? Of(match) : usual;

    /// <summary>Whether the metrics name a stream. They are for whoever may read all streams that are as usual.</summary>
    public bool InMetrics(StreamName stream) => !HidesSome || (Of(stream) is var rule && rule.Listed && rule.Read <= usual.Read);

    private StreamRule Of(StreamPattern pattern) => new(pattern.Read ?? usual.Read, pattern.Write ?? usual.Write, pattern.Listed ?? usual.Listed);
}
