using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using Webstream.ServiceDefaults.Ending;

namespace Webstream.ServiceDefaults.Tests.Ending;

public sealed class EndDeadlineTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(22.5);

    private readonly FakeTimeProvider time = new();
    private readonly LifetimeDouble lifetime = new();
    private readonly List<string> said = [];
    private readonly EndDeadline deadline;
    private int killed;

    public EndDeadlineTests()
    {
        deadline = new("webstream-test", said.Add, () => killed++, time);
        deadline.Watch(lifetime, Patience);
    }

    [Fact]
    public void Process_ThatWasNotAskedToEnd_GoesOn()
    {
        time.Advance(10 * Patience);

        killed.ShouldBe(0);
    }

    [Fact]
    public void Process_WhoseEndTakesTooLong_SaysSoAndIsKilled()
    {
        time.Advance(Patience);
        lifetime.StopApplication();
        time.Advance(Patience - TimeSpan.FromMilliseconds(1));
        killed.ShouldBe(0);

        time.Advance(TimeSpan.FromMilliseconds(1));

        killed.ShouldBe(1);
        said.ShouldHaveSingleItem().ShouldStartWith("webstream-test: the end took longer than 22.5 seconds, most likely because Redis does not answer.");
    }

    [Fact]
    public void Process_ThatEndedInTime_IsNotKilled()
    {
        lifetime.StopApplication();
        time.Advance(Patience / 2);
        deadline.Dispose();

        time.Advance(Patience);

        (killed, said.Count).ShouldBe((0, 0));
    }

    public void Dispose()
    {
        deadline.Dispose();
        lifetime.Dispose();
    }

    private sealed class LifetimeDouble : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource stopping = new();

        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => stopping.Token;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => stopping.Cancel();

        public void Dispose() => stopping.Dispose();
    }
}
