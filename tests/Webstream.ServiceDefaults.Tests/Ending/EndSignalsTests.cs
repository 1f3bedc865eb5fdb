using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Webstream.ServiceDefaults.Ending;

namespace Webstream.ServiceDefaults.Tests.Ending;

/// <summary>Signals as the system sends them, to the process of the tests itself.</summary>
public sealed class EndSignalsTests : IDisposable
{
    private const int Sigterm = 15;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly EndSignals signals = new();
    private readonly Lines lines = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        signals.Dispose();
        lines.Dispose();
    }

    [Fact]
    public async Task Signal_WhileAServiceStarts_StopsWhatHasStartedAndLogsNothing()
    {
        var first = new Service(_ => Task.CompletedTask);
        var second = new Service(async (logger, stop) =>
        {
            Raise();
            await Should.ThrowAsync<OperationCanceledException>(Task.Delay(Timeout.Infinite, stop));
            Log(logger, "A trace");
            throw new InvalidOperationException("The start was broken off.");
        });
        using var host = HostOf(first, second);

        await Should.ThrowAsync<Exception>(signals.StartAsync(host, signals.DuringStart).WaitAsync(Patience, Stop));

        signals.EndedStart.ShouldBeTrue();
        first.HasStopped.ShouldBeTrue();
        lines.All.ShouldBeEmpty();
    }

    [Fact]
    public async Task Signal_BeforeTheStart_StartsNothing()
    {
        var service = new Service(_ => Task.CompletedTask);
        using var host = HostOf(service);
        Raise();
        await Should.ThrowAsync<OperationCanceledException>(Task.Delay(Patience, signals.DuringStart));

        await Should.ThrowAsync<OperationCanceledException>(signals.StartAsync(host, Stop));

        service.HasStarted.ShouldBeFalse();
    }

    [Fact]
    public async Task Signal_OnceTheProcessIsUp_StopsItInOrderAndItsLogGoesOn()
    {
        var service = new Service(_ => Task.CompletedTask);
        using var host = HostOf(service);
        await signals.StartAsync(host, signals.DuringStart);

        Raise();
        await host.WaitForShutdownAsync(Stop).WaitAsync(Patience, Stop);
        Log(host.Services.GetRequiredService<ILogger<EndSignalsTests>>(), "A last line");

        signals.EndedStart.ShouldBeFalse();
        service.HasStopped.ShouldBeTrue();
        lines.All.ShouldContain("A last line");
    }

    [Fact]
    public async Task Failure_OfAStart_IsThrownAsItIs()
    {
        using var host = HostOf(new Service(_ => throw new InvalidOperationException("broken")));

        (await Should.ThrowAsync<InvalidOperationException>(signals.StartAsync(host, signals.DuringStart))).Message.ShouldBe("broken");
        signals.EndedStart.ShouldBeFalse();
    }

    private static void Raise() => Kill(Environment.ProcessId, Sigterm).ShouldBe(0);

    private static void Log(ILogger logger, string text) => logger.Log(LogLevel.Error, default, text, null, static (line, _) => line);

    private IHost HostOf(params Service[] services)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders().AddProvider(lines).AddFilter("Webstream", LogLevel.Trace);
        foreach (var service in services)
        {
            builder.Services.AddSingleton<IHostedService>(provider =>
            {
                service.Logger = provider.GetRequiredService<ILogger<EndSignalsTests>>();
                return service;
            });
        }

        signals.AddTo(builder.Services);
        return builder.Build();
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);

    private sealed class Service(Func<ILogger, CancellationToken, Task> start) : IHostedService
    {
        public Service(Func<CancellationToken, Task> start)
            : this((_, stop) => start(stop))
        {
        }

        public ILogger Logger { get; set; } = null!;

        public bool HasStarted { get; private set; }

        public bool HasStopped { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken)
        {
            HasStarted = true;
            return start(Logger, cancellationToken);
        }

        public Task StopAsync(CancellationToken cancellationToken)
        {
            HasStopped = true;
            return Task.CompletedTask;
        }
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> All { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
