namespace Webstream.Bench.Abuse.Scenarios;

/// <summary>Sends many requests that the server holds open, and nothing more.</summary>
internal sealed class Held(string name, string held, Func<Attack, string> path) : Scenario
{
    private const int Connections = 4000;

    private string _path = "";

    public override string Name => name;

    public override string Summary => $"{Connections} times {held}";

    public override void Prepare(Attack attack) => _path = path(attack);

    public override void Run(Attack attack)
    {
        var request = attack.Get(_path);
        using var crowd = new Crowd(attack, new CrowdPlan
        {
            Most = Connections,
            PerSecond = attack.RateFor(Connections),
            Request = _ => request,
            Reads = true,
        });
        crowd.Run(attack.Deadline);
    }
}
