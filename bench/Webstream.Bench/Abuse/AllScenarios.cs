using Webstream.Bench.Abuse.Scenarios;

namespace Webstream.Bench.Abuse;

/// <summary>Every scenario there is.</summary>
internal static class AllScenarios
{
    /// <summary>In the order in which they disturb each other least: those that fill the history, and then the places for streams, come last.</summary>
    public static IReadOnlyList<Scenario> For(RedisMemory? redis) =>
    [
        new Pipelined("pipelined", "an assistant's request", _ => "/api/assistant"),
        new Pipelined("pipelined-polls", "a read that waits", LongPoll),
        new Pipelined("pipelined-listeners", "a listener's request", attack => $"/stream/{attack.Name("talk", 0)}"),
        new Held("assistants", "an assistant's request is held", _ => "/api/assistant"),
        new Held("polls", "a read is held that waits for a message", LongPoll),
        new Names(),
        new NamesListen(),
        new Hubs(),
        new Idle(),
        new Descriptors(),
        new SlowHeads(),
        new Resets(),
        new StalledBodies("bodies", "/api/push", "application/x-ndjson"),
        new StalledBodies("mcp-bodies", "/mcp", "application/json"),
        new Replays(),
        new StalledFrames(),
        new HeavyMessages("options", "messages with 32 options", Options, 30),
        new HeavyMessages("tiny", "messages of one letter", """{"message":"x"}""", 210),
        new LongKeys(),
        new Storms(),
        new NewStreams(),
        new Lists(),
        new RedisFlood(redis),
    ];

    private static string Options => $$"""{"message":"x","options":[{{string.Join(',', Enumerable.Repeat("\"a\"", 32))}}]}""";

    private static string LongPoll(Attack attack)
    {
        var stream = attack.Name("poll", 0);
        return $"/api/streams/{stream}/messages?wait=45&after={Preparation.PushOne(attack, stream)}";
    }
}
