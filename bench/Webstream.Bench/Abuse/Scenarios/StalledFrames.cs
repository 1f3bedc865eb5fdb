namespace Webstream.Bench.Abuse.Scenarios;

/// <summary>Opens listeners that do not read, each on a stream of its own, and pushes large messages into these streams.</summary>
internal sealed class StalledFrames : Scenario
{
    private const int Streams = 300;
    private const int Requests = 30_000;
    private static readonly string Message = new('x', 60_000);

    public override string Name => "stalled";

    public override string Summary => $"{Streams} listeners do not read, each on a stream of its own with messages of {Message.Length} bytes";

    public override bool Retains => true;

    public override void Run(Attack attack)
    {
        var pushing = new Thread(() =>
        {
            using var askers = new Askers(attack, new AskPlan
            {
                Connections = 4,
                Depth = 2,
                Most = Requests,
                Request = i => attack.Post($"/api/push?stream={attack.Name("stalled", i % Streams)}", "text/plain", Message),
            });
            askers.Run(attack.Deadline);
        })
        { Name = "pushing", IsBackground = true };
        using var crowd = new Crowd(attack, new CrowdPlan
        {
            Most = Streams,
            PerSecond = attack.RateFor(Streams) * 2,
            Request = i => attack.Get($"/stream/{attack.Name("stalled", i)}"),
        });
        pushing.Start();
        crowd.Run(attack.Deadline);
        pushing.Join();
    }
}
