using System.Text;

namespace Webstream.Bench.Abuse.Scenarios;

/// <summary>Sends a request's head a line a second, and never its end.</summary>
internal sealed class SlowHeads : Scenario
{
    private const int Connections = 2000;

    public override string Name => "slow-heads";

    public override string Summary => $"{Connections} requests whose head goes on, a line a second";

    public override void Run(Attack attack)
    {
        var head = attack.OpenHead("/stream");
        using var crowd = new Crowd(attack, new CrowdPlan
        {
            Most = Connections,
            PerSecond = attack.RateFor(Connections),
            Request = _ => head,
            Trickle = Encoding.ASCII.GetBytes("X-Abuse: on\r\n"),
            Reads = true,
        });
        crowd.Run(attack.Deadline);
    }
}
