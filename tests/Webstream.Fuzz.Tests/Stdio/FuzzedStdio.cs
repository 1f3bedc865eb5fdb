using System.Globalization;
using System.Text;
using System.Text.Json;
using Webstream.Fuzz.Tests.Mutation;

namespace Webstream.Fuzz.Tests.Stdio;

/// <summary>The MCP server as a process. It is given lines, each followed by a known line.</summary>
internal sealed class FuzzedStdio : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly ChildProcess process;
    private readonly List<string> written = [];
    private string before = "";
    private int number;

    public FuzzedStdio(Uri gateway) =>
        process = ChildProcess.Start([Programs.McpServer], [("WEBSTREAM_URL", gateway.AbsoluteUri)], keepsInput: true);

    /// <summary>Gives the server a line, and known lines after it.</summary>
    /// <param name="line">The line without its end.</param>
    /// <param name="mustAnswer">Whether one answer has to come, or none may come; not given where the test cannot tell.</param>
    public async Task GiveAsync(byte[] line, bool? mustAnswer)
    {
        await WriteAsync(line);
        var answers = await CountAsync("""{"jsonrpc":"2.0","id":"ID","method":"ping"}""");
        if (mustAnswer is null)
        {
            // The server handles calls concurrently. The line's own answer is given time, so that it is not taken for an answer to the next line.
            for (var i = 0; i < 3; i++)
            {
                await CountAsync("""{"jsonrpc":"2.0","id":"ID","method":"tools/call","params":{"name":"stream_status"}}""");
            }
        }
        else
        {
            for (; mustAnswer.Value && answers == 0; answers++)
            {
                await AnswerAsync();
            }

            answers.ShouldBe(mustAnswer.Value ? 1 : 0, $"after {before}:\n{string.Join('\n', written.TakeLast(6))}");
        }

        before = Escaped.Of(line);
        process.Errors.All.ShouldAllBe(error => !error.Contains("Exception", StringComparison.Ordinal) && !error.Contains("   at ", StringComparison.Ordinal));
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();

    private Task WriteAsync(byte[] line) => process.WriteAsync((byte[])[.. line, (byte)'\n']);

    // Counts the answers that come before the answer to a known line.
    private async Task<int> CountAsync(string known)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"known-{number++}");
        await WriteAsync(Encoding.ASCII.GetBytes(known.Replace("ID", id, StringComparison.Ordinal)));
        var answers = 0;
        while (await AnswerAsync() != id)
        {
            answers++;
        }

        return answers;
    }

    // The id of the next answer; every line that the server writes is one.
    private async Task<string?> AnswerAsync()
    {
        string line;
        do
        {
            line = await process.Output.NextAsync(Patience);
        }
        while (IsNotification(line));

        written.Add(line);
        using var answer = JsonDocument.Parse(line);
        answer.RootElement.GetProperty("jsonrpc").GetString().ShouldBe("2.0");
        line.ShouldNotContain("ModelContextProtocol.");
        line.ShouldNotContain("An error occurred.");
        var id = answer.RootElement.GetProperty("id");
        return id.ValueKind == JsonValueKind.String ? id.GetString() : null;
    }

    // A notification of progress, or that a subscription has begun.
    private static bool IsNotification(string line)
    {
        using var message = JsonDocument.Parse(line);
        return message.RootElement.TryGetProperty("method", out _);
    }
}
