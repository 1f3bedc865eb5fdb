namespace Webstream.Bench.Abuse.Scenarios;

/// <summary>Sends bytes behind a request that is held: the web server reads them until its buffer is full.</summary>
internal sealed class Pipelined(string name, string held, Func<Attack, string> path) : Scenario
{
    private const int Connections = 420;

    // A little less than Kestrel's buffer holds by default.
    private static readonly byte[] Rest = [.. Enumerable.Repeat((byte)'x', 1_040_000)];

    private string _path = "";

    public override string Name => name;

    public override string Summary => $"{Connections} connections send a megabyte behind {held}";

    public override void Prepare(Attack attack) => _path = path(attack);

    public override void Run(Attack attack)
    {
        var request = attack.Get(_path);
        using var crowd = new Crowd(attack, new CrowdPlan
        {
            Most = Connections,
            PerSecond = attack.RateFor(Connections),
            Request = _ => request,
            Rest = _ => Rest,
        });
        crowd.Run(attack.Deadline);
    }
}
