namespace Webstream.Bench.Abuse.Scenarios;

/// <summary>Asks for a long history and reads none of it.</summary>
internal sealed class Replays : Scenario
{
    private const int Connections = 4000;
    private const int Messages = 10_000;
    private const int Bytes = 1500;

    public override string Name => "replays";

    public override string Summary => $"{Connections} listeners ask for {Messages} messages of {Bytes} bytes and do not read";

    public override void Prepare(Attack attack) => Preparation.Fill(attack, "big", 1, Messages, Bytes);

    public override void Run(Attack attack)
    {
        var request = attack.Get($"/stream/{attack.Name("big", 0)}?history={Messages}");
        using var crowd = new Crowd(attack, new CrowdPlan
        {
            Most = Connections,
            PerSecond = attack.RateFor(Connections),
            Request = _ => request,
        });
        crowd.Run(attack.Deadline);
    }
}
