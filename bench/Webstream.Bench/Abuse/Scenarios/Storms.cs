using System.Diagnostics;

namespace Webstream.Bench.Abuse.Scenarios;

/// <summary>Connects many listeners at once and disconnects them at once, repeatedly, while the heap is large.</summary>
internal sealed class Storms : Scenario
{
    private const int Connections = 520;
    private const int Streams = 40;
    private const int Messages = 10_000;

    public override string Name => "storms";

    public override string Summary => $"{Connections} listeners come and go at once every 1.5 s, with {Streams * Messages} messages retained";

    public override void Prepare(Attack attack) => Preparation.Fill(attack, "kept", Streams, Messages, 16);

    public override void Run(Attack attack)
    {
        var request = attack.Get($"/stream/{attack.Name("storm", 0)}");
        while (!attack.IsOver)
        {
            using var crowd = new Crowd(attack, new CrowdPlan { Most = Connections, PerSecond = double.MaxValue, Request = _ => request, Reads = true });
            crowd.Run(Math.Min(attack.Deadline, Stopwatch.GetTimestamp() + (Stopwatch.Frequency * 3 / 2)));
            attack.Count("storms");
        }
    }
}
