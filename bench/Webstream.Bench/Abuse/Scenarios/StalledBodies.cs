namespace Webstream.Bench.Abuse.Scenarios;

/// <summary>Sends all of a body but its last byte.</summary>
internal sealed class StalledBodies(string name, string path, string type) : Scenario
{
    private const int Connections = 1200;

    // The longest batch with every character escaped, and the size that any server that takes batches must take.
    private const int Large = 1_835_008;
    private const int Small = 256 * 1024;

    private static readonly byte[] Body = [.. Enumerable.Repeat((byte)'x', Large - 1)];

    public override string Name => name;

    public override string Summary => $"{Connections} bodies to {path}, a third of {Large} and the rest of {Small} bytes, all but the last byte";

    public override void Run(Attack attack)
    {
        using var crowd = new Crowd(attack, new CrowdPlan
        {
            Most = Connections,
            PerSecond = attack.RateFor(Connections),
            Request = i => attack.PostHead(path, type, Length(i)),
            Rest = i => Body.AsMemory(0, Length(i) - 1),
        });
        crowd.Run(attack.Deadline);
    }

    private static int Length(int number) => number % 3 == 0 ? Large : Small;
}
