using Webstream.Bench.Linux;

namespace Webstream.Bench.Abuse.Scenarios;

/// <summary>Connects and resets at once.</summary>
internal sealed class Resets : Scenario
{
    private const int AtOnce = 100;
    private const int Most = 50_000;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public override string Name => "resets";

    public override string Summary => $"up to {Most} connections that are reset at once, {AtOnce} every {Pause.TotalMilliseconds} ms";

    public override void Run(Attack attack)
    {
        for (var opened = 0; opened < Most && !attack.IsOver; opened += AtOnce)
        {
            for (var i = 0; i < AtOnce; i++)
            {
                // A non-blocking connect: with a full queue, a blocking one would wait for the kernel's next try.
                var descriptor = TcpSocket.Open(waitForConnect: false);
                if (descriptor < 0)
                {
                    continue;
                }

                TcpSocket.ResetOnClose(descriptor);
                _ = TcpSocket.Bind(descriptor, attack.Source);
                _ = TcpSocket.Connect(descriptor, attack.Target.EndPoint);
                TcpSocket.Close(descriptor);
                attack.Count("connections");
            }

            Thread.Sleep(Pause);
        }
    }
}
