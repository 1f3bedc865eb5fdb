using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using ModelContextProtocol.Protocol;
using Webstream.Mcp.Stdio;

namespace Webstream.Mcp.Tests.Stdio;

/// <summary>The end of the input, with timeouts that the test chooses.</summary>
public sealed class StdioTransportTests : IAsyncDisposable
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    private readonly Pipe input = new();
    private readonly Pipe output = new();
    private StdioTransport? transport;

    public async ValueTask DisposeAsync()
    {
        if (transport is not null)
        {
            await transport.DisposeAsync();
        }
    }

    [Fact]
    public async Task Call_ThatHeedsNothing_IsCancelledAndAnsweredInItsPlace()
    {
        var messages = Start(new(Bare: Until.Patience, Running: Short, Cancelled: Short));
        await SendAsync("""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}""");
        await messages.MessageReader.ReadAsync(TestContext.Current.CancellationToken);
        await messages.SendMessageAsync(new JsonRpcResponse { Id = new(1), Result = null }, TestContext.Current.CancellationToken);
        await SendAsync("""{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"push_stream"}}""");
        await messages.MessageReader.ReadAsync(TestContext.Current.CancellationToken);

        await input.Writer.CompleteAsync();
        await messages.Ended.WaitAsync(Until.Patience, TestContext.Current.CancellationToken);

        messages.Stopping.IsCancellationRequested.ShouldBeTrue();
        var cancel = (await messages.MessageReader.ReadAsync(TestContext.Current.CancellationToken)).ShouldBeOfType<JsonRpcNotification>();
        cancel.Method.ShouldBe(NotificationMethods.CancelledNotification);
        cancel.Params!["requestId"]!.GetValue<string>().ShouldBe("x");
        var last = (await LinesAsync())[^1];
        last.GetProperty("id").GetString().ShouldBe("x");
        last.GetProperty("error").GetProperty("message").GetString()!.ShouldContain("cancelled");
        // A late answer must not be a second one.
        await messages.SendMessageAsync(new JsonRpcResponse { Id = new("x"), Result = null }, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Call_WithoutAHandshake_GetsTheLongerTime()
    {
        var messages = Start(new(Bare: Until.Patience, Running: TimeSpan.Zero, Cancelled: TimeSpan.Zero));
        await SendAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"push_stream"}}""");
        await messages.MessageReader.ReadAsync(TestContext.Current.CancellationToken);
        await input.Writer.CompleteAsync();

        messages.Stopping.IsCancellationRequested.ShouldBeFalse();
        await messages.SendMessageAsync(new JsonRpcResponse { Id = new(1), Result = "late" }, TestContext.Current.CancellationToken);
        await messages.Ended.WaitAsync(Until.Patience, TestContext.Current.CancellationToken);

        (await LinesAsync()).ShouldHaveSingleItem().GetProperty("result").GetString().ShouldBe("late");
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/initialized"}""")]
    public async Task EndOfInput_WithNothingToAnswer_EndsAtOnce(string line)
    {
        var messages = Start(new(Bare: TimeSpan.FromHours(1), Running: TimeSpan.FromHours(1), Cancelled: TimeSpan.FromHours(1)));
        await SendAsync(line);
        await input.Writer.CompleteAsync();

        await messages.Ended.WaitAsync(Until.Patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Output_ThatIsClosed_EndsTheConversation()
    {
        await output.Reader.CompleteAsync();
        transport = new(input.Reader.AsStream(), new ClosedStream(), new(Bare: Until.Patience, Running: Short, Cancelled: Short), TimeProvider.System, NullLoggerFactory.Instance);
        await SendAsync("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"push_stream"}}""");
        await transport.MessageReader.ReadAsync(TestContext.Current.CancellationToken);
        await input.Writer.CompleteAsync();

        await Should.ThrowAsync<IOException>(() => transport.SendMessageAsync(new JsonRpcResponse { Id = new(1), Result = null }, TestContext.Current.CancellationToken));
        await transport.Ended.WaitAsync(Until.Patience, TestContext.Current.CancellationToken);
    }

    private StdioTransport Start(StdioPatience patience) =>
        transport = new(input.Reader.AsStream(), output.Writer.AsStream(leaveOpen: true), patience, TimeProvider.System, NullLoggerFactory.Instance);

    private async Task SendAsync(string line) => await input.Writer.WriteAsync(System.Text.Encoding.UTF8.GetBytes(line + "\n"), TestContext.Current.CancellationToken);

    private async Task<JsonElement[]> LinesAsync()
    {
        await output.Writer.CompleteAsync();
        using var reader = new StreamReader(output.Reader.AsStream());
        return [.. (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private sealed class ClosedStream : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("closed");
    }
}
