namespace Webstream.Bench.Abuse.Scenarios;

/// <summary>Fills the history with small messages that have long idempotency keys.</summary>
internal sealed class LongKeys : Scenario
{
    private const int Most = 300_000;
    private const int Streams = 30;
    private static readonly string Padding = new('k', 190);

    public override string Name => "keys";

    public override string Summary => $"up to {Most} messages of one letter with keys of 200 characters, into {Streams} streams";

    public override bool Retains => true;

    public override void Run(Attack attack)
    {
        using var askers = new Askers(attack, new AskPlan
        {
            Connections = 4,
            Depth = 50,
            Most = Most,
            Request = i => attack.Post(
                "/api/push", "application/json", $"{{\"message\":\"x\",\"stream\":\"{attack.Name("keys", i % Streams)}\",\"idempotencyKey\":\"{Padding}{i:D10}\"}}"),
        });
        askers.Run(attack.Deadline);
    }
}
