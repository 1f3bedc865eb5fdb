using System.Net;
using System.Net.Http.Headers;
using Webstream.Gateway.Connections;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>A gateway that may open few files, with more clients than files.</summary>
public sealed class FewFilesTests
{
    private const int Clients = 400;

    [Theory]
    [InlineData(300)]
    [InlineData(ConnectionLimits.LeastFiles - 1)]
    public async Task Start_WithTooFewFiles_IsRefusedWithOneLine(int files)
    {
        await using var run = GatewayRun.StartWithFiles(files, "--urls http://127.0.0.1:0");

        (await run.EndAsync()).ShouldBe(1);
        run.Output.ShouldBeEmpty();
        run.Errors.ShouldHaveSingleItem().ShouldBe(
            $"webstream-gateway: This process may open {files} files, and needs {ConnectionLimits.LeastFiles} to begin with and one more for each connection. Raise the limit, for example with ulimit -n 4096.");
    }

    [Theory]
    [InlineData(false)] // much of it is loaded only when it is used
    [InlineData(true)]
    public async Task Gateway_WithMoreListenersThanFiles_AnswersHealthAndPushesAndEndsInOrder(bool isUsed)
    {
        await using var run = await GatewayRun.StartWithFiles(460, "--urls http://127.0.0.1:0").UpAsync();
        var address = run.Addresses[0];
        if (isUsed)
        {
            await AskAsync(address, "/api/streams");
            await PushAsync(address);
        }

        var clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => ListenAsync(address)));

        for (var i = 0; i < 5; i++)
        {
            (await AskAsync(address, "/health/ready")).ShouldBe("Healthy");
            await PushAsync(address);
        }

        // A listener that was accepted has every message. The gateway asks the others to come back.
        var served = clients.Where(client => client.First.Contains("Connected at", StringComparison.Ordinal)).ToArray();
        served.Length.ShouldBeInRange(40, 130);
        clients.Except(served).ShouldAllBe(client => client.First.StartsWith("HTTP/1.1 200", StringComparison.Ordinal));
        foreach (var (connection, _) in served)
        {
            await connection.UntilAsync("] x");
        }

        // Some listeners leave, so there is room again.
        foreach (var (connection, _) in served.Skip(20))
        {
            connection.Dispose();
        }

        await run.LineAsync("There is room for connections again");
        run.Terminate();
        foreach (var (connection, _) in served.Take(20))
        {
            (await connection.RestAsync()).ShouldEndWith("\r\n0\r\n\r\n");
        }

        (await run.EndAsync()).ShouldBe(0);
        run.Errors.ShouldBeEmpty();
        run.Output.Count(line => line.Contains("there is no room for more", StringComparison.Ordinal)).ShouldBe(1);
        run.Output.Count(line => line.Contains("There is room", StringComparison.Ordinal)).ShouldBe(1);
        run.Output.ShouldAllBe(line => !line.Contains("Too many open files", StringComparison.Ordinal));
        foreach (var (connection, _) in clients)
        {
            connection.Dispose();
        }
    }

    private static async Task<(RawConnection Connection, string First)> ListenAsync(Uri address)
    {
        var connection = await RawConnection.ConnectAsync(address);
        await connection.SendAsync($"GET /stream HTTP/1.1\r\nHost: {address.Authority}\r\n\r\n");
        return (connection, await connection.UntilOrEndAsync("Connected at"));
    }

    // Asks on a connection of its own.
    private static async Task<string> AskAsync(Uri address, string path)
    {
        using var client = new HttpClient { BaseAddress = address };
        return await client.GetStringAsync(path, TestContext.Current.CancellationToken);
    }

    private static async Task PushAsync(Uri address)
    {
        using var client = new HttpClient { BaseAddress = address };
        using var body = new StringContent("x", new MediaTypeHeaderValue("text/plain"));
        using var answer = await client.PostAsync("/api/push", body, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }
}
