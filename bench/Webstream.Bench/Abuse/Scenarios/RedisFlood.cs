namespace Webstream.Bench.Abuse.Scenarios;

/// <summary>Pushes into more and more new streams. The gateway's history is in a Redis with a bound on its memory.</summary>
internal sealed class RedisFlood(RedisMemory? redis) : Scenario
{
    private const int Most = 5000;
    private const int PerRequest = 4;

    // The factor by which a full Redis may exceed its bound: for the command that was under way, and for its own buffers.
    private const double MaxOver = 1.15;

    private readonly string _body = string.Concat(Enumerable.Repeat($"{{\"message\":\"{new string('x', 60_000)}\"}}\n", PerRequest));

    public override string Name => "redis-flood";

    public override string Summary => $"{PerRequest} messages of 60,000 bytes into each of up to {Most} new streams, until Redis is full and after";

    public override bool MayRefuse => true;

    public override string? Unfit(int pid) =>
        redis is null ? "it needs --redis, the Redis that the gateway uses" : redis.Read().Limit == 0 ? "Redis has no maxmemory" : null;

    public override void Run(Attack attack)
    {
        using var askers = new Askers(attack, new AskPlan
        {
            Connections = 4,
            Depth = 1,
            Most = Most,
            Request = i => attack.Post($"/api/push?stream={attack.Name("flood", i)}", "application/x-ndjson", _body),
        });
        askers.Run(attack.Deadline);
    }

    public override IEnumerable<string> Judge(Attack attack)
    {
        var (used, limit) = redis!.Read();
        attack.Count("Redis used MiB", used >> 20);
        attack.Count("Redis maxmemory MiB", limit >> 20);
        if (used > limit * MaxOver)
        {
            yield return $"Redis holds {used >> 20} MiB, and its bound is {limit >> 20}";
        }
    }
}
