using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.Idle;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Idle;

public sealed class IdleExitTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(30);

    private readonly FakeTimeProvider time = new();
    private readonly Lifetime lifetime = new();
    private readonly IdleClock clock;

    public IdleExitTests() => clock = new(time);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => lifetime.Dispose();

    [Fact]
    public async Task Gateway_ThatNobodyUses_Ends()
    {
        using var exit = await StartAsync(Limit);

        await Until.TrueAsync(() => exit.ExecuteTask!.IsCompleted, () => time.Advance(Limit));
        lifetime.ApplicationStopping.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task Gateway_ThatIsUsed_EndsOnlyAfterThat()
    {
        using var exit = await StartAsync(Limit);
        using (clock.Hold())
        {
            for (var i = 0; i < 5; i++)
            {
                time.Advance(Limit);
            }

            lifetime.ApplicationStopping.IsCancellationRequested.ShouldBeFalse();
        }

        await Until.TrueAsync(() => exit.ExecuteTask!.IsCompleted, () => time.Advance(Limit));
        lifetime.ApplicationStopping.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task Gateway_WithoutALimit_StaysForever()
    {
        using var exit = await StartAsync(TimeSpan.Zero);
        await exit.ExecuteTask!.WaitAsync(TimeSpan.FromSeconds(30), Stop);
        time.Advance(TimeSpan.FromDays(400));

        lifetime.ApplicationStopping.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact]
    public async Task Process_ThatNobodyUses_EndsWell()
    {
        await using var run = await GatewayRun.Start("--host 127.0.0.1 --port 0", ("Webstream__IdleExit", "00:00:01")).UpAsync();

        (await run.EndAsync()).ShouldBe(0);
        run.Output.ShouldContain(line => line.Contains("No listener, no push and no open assistant", StringComparison.Ordinal));
        run.Errors.ShouldBeEmpty();
    }

    private async Task<IdleExit> StartAsync(TimeSpan limit)
    {
        var exit = new IdleExit(clock, Options.Create(new IdleOptions { IdleExit = limit }), lifetime, time, NullLogger<IdleExit>.Instance);
        lifetime.Start();
        await exit.StartAsync(Stop);
        return exit;
    }

    private sealed class Lifetime : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource started = new();
        private readonly CancellationTokenSource stopping = new();

        public CancellationToken ApplicationStarted => started.Token;

        public CancellationToken ApplicationStopping => stopping.Token;

        public CancellationToken ApplicationStopped => default;

        public void Start() => started.Cancel();

        public void StopApplication() => stopping.Cancel();

        public void Dispose()
        {
            started.Dispose();
            stopping.Dispose();
        }
    }
}
