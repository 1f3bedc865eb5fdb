using System.Collections.Frozen;
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
/// The rules of all streams at a moment. What a stream's own rule leaves out is as the first pattern of configuration says that matches its name, and
/// what that leaves out is as for all streams.
/// </summary>
internal sealed class RuleSet
{
    private readonly StreamPattern[] patterns;
    private readonly FrozenDictionary<string, OwnRule> own;

    /// <param name="usual">The rule for all streams.</param>
    /// <param name="patterns">The patterns of configuration.</param>
    /// <param name="own">The rules that streams have of their own.</param>
    public RuleSet(StreamRule usual, StreamPattern[] patterns, IEnumerable<NamedRule> own)
    {
        (Usual, this.patterns) = (usual, patterns);
        this.own = own.ToFrozenDictionary(one => one.Stream, one => one.Rule, StringComparer.Ordinal);
        var all = patterns.Select(Of).Append(usual).Concat(this.own.Keys.Select(name => Of(StreamName.Parse(name)))).ToArray();
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

    /// <summary>The rule for the streams that no pattern names and that have none of their own.</summary>
    public StreamRule Usual { get; }

    /// <summary>The rule for a stream.</summary>
    public StreamRule Of(StreamName stream)
    {
        var configured = Array.Find(patterns, pattern => pattern.Matches(stream)) is { } match ? Of(match) : Usual;
        return own.TryGetValue(stream.Value, out var rule)
            ? new(rule.Read ?? configured.Read, rule.Write ?? configured.Write, rule.Listed ?? configured.Listed)
            : configured;
    }

    /// <summary>Whether the metrics name a stream. They are for whoever may read all streams that are as usual.</summary>
    public bool InMetrics(StreamName stream) => !HidesSome || (Of(stream) is var rule && rule.Listed && rule.Read <= Usual.Read);

    /// <summary>The same configuration with other rules of streams' own.</summary>
    public RuleSet With(IEnumerable<NamedRule> rules) => new(Usual, patterns, rules);

    private StreamRule Of(StreamPattern pattern) => new(pattern.Read ?? Usual.Read, pattern.Write ?? Usual.Write, pattern.Listed ?? Usual.Listed);
}
