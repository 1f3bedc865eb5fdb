namespace Webstream.Bench.Abuse.Scenarios;

/// <summary>Asks for streams that nobody has pushed to.</summary>
internal sealed class Names : Scenario
{
    private const int Most = 75_000;

    // The grains of the canary, and other grains that may be activated meanwhile.
    private const int MaxActivations = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private long? _before;

    public override string Name => "names";

    public override string Summary => $"up to {Most} made-up names are described and read, 50 at once on each of 6 connections";

    public override void Prepare(Attack attack) => _before = new Visitor(attack.Target).AskActivations(Patience);

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

    // A few seconds of this attack show little in the memory, and an hour shows much.
    public override IEnumerable<string> Judge(Attack attack)
    {
        if (new Visitor(attack.Target).AskActivations(Patience) - _before is { } more)
        {
            attack.Count("grains that stay", more);
            if (more > MaxActivations)
            {
                yield return $"{more} grains stay in memory for names that nobody has pushed to";
            }
        }
    }
}
