namespace Webstream.Bench.Abuse.Scenarios;

/// <summary>Fills the history with messages that take more memory than their text suggests.</summary>
internal sealed class HeavyMessages(string name, string what, string line, int streams) : Scenario
{
    private const int PerStream = 10_000;
    private const int Batch = 250;

    private readonly string _body = string.Concat(Enumerable.Repeat(line + "\n", Batch));

    public override string Name => name;

    public override string Summary => $"{streams} streams are filled with {PerStream} {what} each";

    public override bool Retains => true;

    public override void Run(Attack attack)
    {
        const int Requests = PerStream / Batch;
        using var askers = new Askers(attack, new AskPlan
        {
            Connections = 4,
            Depth = 2,
            Most = (long)streams * Requests,
            Request = i => attack.Post($"/api/push?stream={attack.Name(name, i / Requests)}", "application/x-ndjson", _body),
        });
        askers.Run(attack.Deadline);
    }
}
