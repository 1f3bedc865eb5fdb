namespace Webstream.Bench.Abuse.Scenarios;

/// <summary>Asks repeatedly for the list of streams, while there are many streams.</summary>
internal sealed class Lists : Scenario
{
    private const int Streams = 9_000;
    private const int Most = 100_000;

    public override string Name => "lists";

    public override string Summary => $"20 connections ask for the list of {Streams} streams without a pause";

    public override void Prepare(Attack attack) => Preparation.MakeStreams(attack, "list", Streams);

    public override void Run(Attack attack)
    {
        var request = attack.Get("/api/streams");
        using var askers = new Askers(attack, new AskPlan { Connections = 20, Depth = 1, Most = Most, Request = _ => request });
        askers.Run(attack.Deadline);
    }
}
