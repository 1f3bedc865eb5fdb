using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Webstream.Gateway.Ending;
using Webstream.Gateway.Hosting;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Ending;

public sealed class ProcessEndTests : IDisposable
{
    private readonly StringWriter errors = new();
    private readonly ManualResetEventSlim stopped = new();
    private readonly ManualResetEventSlim killed = new();

    [Fact]
    public void Failure_OfSeveralParts_IsOneLineAndOneEnd()
    {
        var end = Make(TimeSpan.FromHours(1));
        end.ExitCode.ShouldBe(ExitCode.Ended);

        end.Fail("This cannot go on.");
        end.Fail("Nor can that.");

        stopped.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken).ShouldBeTrue();
        killed.IsSet.ShouldBeFalse();
        end.ExitCode.ShouldBe(ExitCode.Failed);
        errors.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldHaveSingleItem()
            .ShouldBe("webstream-gateway: This cannot go on. The process ends, so that it is started again.");
    }

    [Fact]
    public void Failure_WhoseOrderlyEndTakesTooLong_EndsTheProcessAllTheSame()
    {
        Make(TimeSpan.FromMilliseconds(1)).Fail("This cannot go on.");

        killed.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken).ShouldBeTrue();
    }

    [Fact]
    public void Failure_WithoutEvenALineOfMemory_EndsTheProcessAtOnce()
    {
        var end = new ProcessEnd(stopped.Set, killed.Set, new NoMemory(), TimeSpan.FromHours(1));

        end.Fail("This cannot go on.");

        killed.IsSet.ShouldBeTrue();
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task Gateway_WhoseListeningSocketIsGone_EndsWithAnExitCode(string handOver)
    {
        var listening = new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = GatewayProcess.RunAsync("http://127.0.0.1:0", null, Configure, TestContext.Current.CancellationToken);
        var socket = await listening.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        using (var client = new HttpClient { BaseAddress = new($"http://{socket.LocalEndPoint}") })
        {
            (await client.GetAsync("/health/live", TestContext.Current.CancellationToken)).IsSuccessStatusCode.ShouldBeTrue();
        }

        socket.Dispose();

        (await running.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken)).ShouldBe((int)ExitCode.Failed);

        void Configure(WebApplicationBuilder builder)
        {
            builder.Configuration.AddInMemoryCollection([new("Logging:Console:LogLevel:Default", "None"), new("Webstream:Listeners:HandOver", handOver)]);
            builder.Services.PostConfigure<SocketTransportOptions>(transport =>
            {
                var create = transport.CreateBoundListenSocket;
                transport.CreateBoundListenSocket = endpoint =>
                {
                    var created = create(endpoint);
                    listening.TrySetResult(created);
                    return created;
                };
            });
        }
    }

    public void Dispose()
    {
        errors.Dispose();
        stopped.Dispose();
        killed.Dispose();
    }

    private ProcessEnd Make(TimeSpan patience) => new(stopped.Set, killed.Set, errors, patience);

    private sealed class NoMemory : StringWriter
    {
        public override void WriteLine(string? value) => throw new OutOfMemoryException();
    }
}
