using Webstream.Mcp.Tests.Harness;

namespace Webstream.Mcp.Tests.Sessions;

/// <summary>The whole way from the assistant to a listener, with the SDK's client.</summary>
public sealed class ProtocolRevisionTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("2025-06-18")]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task Push_InEveryRevision_ReachesAListener(string revision)
    {
        await using var machine = new Machine();
        await using var client = await Assistant.StartAsync(machine, revision);
        client.NegotiatedProtocolVersion.ShouldBe(revision);
        (await client.ListToolsAsync(cancellationToken: Stop)).Select(tool => tool.Name).ShouldContain("push_stream");
        (await client.ListPromptsAsync(cancellationToken: Stop)).ShouldNotBeEmpty();
        (await client.ListResourcesAsync(cancellationToken: Stop)).ShouldNotBeEmpty();

        await machine.InfoAsync();
        using var listener = new StreamReader(await Machine.Http.GetStreamAsync(new Uri(machine.Gateway, "stream?history=0"), Stop));
        await LineAsync(listener, "Connected at");
        var result = await client.PushAsync("hello from an assistant");

        result.IsError.ShouldNotBe(true, result.Text());
        result.Text().ShouldContain("Active clients: 1");
        await LineAsync(listener, "hello from an assistant");
    }

    private static async Task LineAsync(StreamReader listener, string text)
    {
        while (!(await listener.ReadLineAsync(Stop).AsTask().WaitAsync(Until.Patience, Stop)).ShouldNotBeNull().Contains(text, StringComparison.Ordinal))
        {
        }
    }
}
