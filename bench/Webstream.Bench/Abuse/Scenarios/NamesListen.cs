namespace Webstream.Bench.Abuse.Scenarios;

/// <summary>Listens to streams that nobody has pushed to, each for a moment.</summary>
internal sealed class NamesListen : Scenario
{
    private const int Connections = 200;
    private const int Most = 20_000;

    public override string Name => "names-listen";

    public override string Summary => $"up to {Most} made-up names are listened to until the greeting, {Connections} at once";

    public override void Run(Attack attack)
    {
        using var crowd = new Crowd(attack, new CrowdPlan
        {
            Most = Connections,
            PerSecond = attack.RateFor(Most),
            Total = Most,
            Request = i => attack.Get($"/stream/{attack.Name("heard", i)}"),
            Reads = true,
            EndsAt = "Connected at",
            Resets = true,
        });
        crowd.Run(attack.Deadline);
    }
}
