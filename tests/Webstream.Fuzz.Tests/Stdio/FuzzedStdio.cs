using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Webstream.Fuzz.Tests.Harness;
using Webstream.Fuzz.Tests.Mutation;

namespace Webstream.Fuzz.Tests.Stdio;

/// <summary>The MCP server as a process. It is given lines, each followed by a known line.</summary>
internal sealed class FuzzedStdio : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Process process;
    private readonly Channel<string> output = Channel.CreateUnbounded<string>();
    private readonly List<string> errors = [];
    private readonly List<string> written = [];
    private string before = "";
    private int number;

    public FuzzedStdio(Uri gateway)
    {
        process = Programs.Start("Webstream.Mcp", "webstream-mcp", [], new() { ["WEBSTREAM_URL"] = gateway.AbsoluteUri });
        process.OutputDataReceived += (_, line) => _ = line.Data is null ? output.Writer.TryComplete() : output.Writer.TryWrite(line.Data);
        process.ErrorDataReceived += (_, line) => TakeError(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

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
        lock (errors)
        {
            errors.ShouldAllBe(error => !error.Contains("Exception", StringComparison.Ordinal) && !error.Contains("   at ", StringComparison.Ordinal));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    private async Task WriteAsync(byte[] line)
    {
        await process.StandardInput.BaseStream.WriteAsync((byte[])[.. line, (byte)'\n']);
        await process.StandardInput.BaseStream.FlushAsync();
    }

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
            try
            {
                line = await output.Reader.ReadAsync().AsTask().WaitAsync(Patience);
            }
            catch (ChannelClosedException)
            {
                throw new InvalidOperationException($"The server ended: {string.Join('\n', errors)}");
            }
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

    private void TakeError(string? line)
    {
        if (line is not null)
        {
            lock (errors)
            {
                errors.Add(line);
            }
        }
    }
}
