namespace Webstream.Bench.Abuse.Scenarios;

/// <summary>Asks for streams that nobody has pushed to.</summary>
internal sealed class Names : Scenario
{
    private const int Most = 75_000;

    public override string Name => "names";

    public override string Summary => $"up to {Most} made-up names are described and read, 50 at once on each of 6 connections";

    public override void Run(Attack attack)
    {
        using var askers = new Askers(attack, new AskPlan
        {
            Connections = 6,
            Depth = 50,
            Most = Most,
            Request = i => attack.Get($"/api/streams/{attack.Name("name", i)}{(i % 4 == 3 ? "/messages" : "")}"),
        });
        askers.Run(attack.Deadline);
    }
}
