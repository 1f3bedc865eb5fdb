using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Listening;

public sealed class OriginalContractTests
{
    [Fact]
    public async Task Stream_OfAnEmptyGateway_BeginsWithConnectedAndItsPosition()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var listener = await gateway.ListenAsync();

        // .NET's parser keeps the type of a block that has no data; by the specification the event has the default type.
        using var strict = await RawListener.ConnectAsync(gateway);
        strict.Connected.Type.ShouldBe("message");
        listener.Connected.Data.ShouldMatch(@"^Connected at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$");
        listener.Connected.EventId.ShouldBe("0-0");
        listener.Response.Content.Headers.ContentType!.ToString().ShouldBe("text/event-stream; charset=utf-8");
        listener.Response.Headers.NonValidated["Cache-Control"].ToString().ShouldBe("no-cache, no-transform");
    }

    [Fact]
    public async Task Push_WithAListener_IsCountedAndReceived()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var listener = await gateway.ListenAsync();

        var answer = await gateway.PushAsync("hello");
        var message = await listener.NextAsync();

        answer.GetProperty("status").GetString().ShouldBe("success");
        answer.GetProperty("message").GetString().ShouldBe("hello");
        answer.GetProperty("clients").GetInt32().ShouldBe(1);
        message.Data.ShouldBe($"[{answer.GetProperty("timestamp").GetString()}] hello");
        message.EventId.ShouldBe(answer.GetProperty("id").GetString());
    }

    [Fact]
    public async Task Clients_RightAfterConnected_AreExact()
    {
        await using var gateway = await TestGateway.StartAsync();
        var listeners = new List<TestListener>();
        for (var count = 1; count <= 200; count++)
        {
            listeners.Add(await gateway.ListenAsync());
            (await gateway.PushAsync("count")).GetProperty("clients").GetInt32().ShouldBe(count);
        }

        foreach (var listener in listeners)
        {
            await listener.DisposeAsync();
        }
    }
}
