namespace Webstream.Bench.Abuse.Scenarios;

/// <summary>Connects and says nothing.</summary>
internal sealed class Idle : Scenario
{
    private const int Connections = 5000;

    public override string Name => "idle";

    public override string Summary => $"{Connections} connections that say nothing";

    public override void Run(Attack attack)
    {
        using var crowd = new Crowd(attack, new CrowdPlan { Most = Connections, PerSecond = attack.RateFor(Connections), Request = _ => [] });
        crowd.Run(attack.Deadline);
    }
}
