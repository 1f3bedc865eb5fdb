namespace Webstream.Bench.Abuse.Scenarios;

/// <summary>Creates streams until no place for a stream is left.</summary>
internal sealed class NewStreams : Scenario
{
    private const int Most = 40_000;

    public override string Name => "new-streams";

    public override string Summary => $"one byte each is pushed into up to {Most} new streams, 25 at once on each of 4 connections";

    public override bool Retains => true;

    public override void Run(Attack attack)
    {
        using var askers = new Askers(attack, new AskPlan
        {
            Connections = 4,
            Depth = 25,
            Most = Most,
            Request = i => attack.Post($"/api/push?stream={attack.Name("new", i)}", "text/plain", "x"),
        });
        askers.Run(attack.Deadline);
    }
}
