namespace Webstream.Bench.Abuse.Scenarios;

/// <summary>Listens to many streams at once.</summary>
internal sealed class Hubs : Scenario
{
    private const int Connections = 3000;

    public override string Name => "hubs";

    public override string Summary => $"{Connections} listeners, each on a stream of its own";

    public override void Run(Attack attack)
    {
        using var crowd = new Crowd(attack, new CrowdPlan
        {
            Most = Connections,
            PerSecond = attack.RateFor(Connections),
            Request = i => attack.Get($"/stream/{attack.Name("hub", i)}"),
            Reads = true,
        });
        crowd.Run(attack.Deadline);
    }
}
