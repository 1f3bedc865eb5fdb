using System.Net.Http.Headers;
using System.Text.Json;
using Webstream.Gateway.Calling;
using Webstream.Protocol;
using Webstream.ServiceDefaults.Starting;
using Webstream.ServiceDefaults.State;

namespace Webstream.Gateway.Moving;

/// <summary>The commands of <c>history</c>: what they read and write, and what they tell people, on standard error.</summary>
internal static class MovingCommands
{
    private const string Standard = "-";

    /// <summary>Writes the histories to a file, or to standard output.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> ExportAsync(MovingAccess access, string to, string? stream, bool final, CancellationToken cancellationToken)
    {
        StreamName? only = stream is null ? null
            : StreamName.TryParse(stream, out var name) ? name
            : throw new StartRefusedException($"'{stream}' is not the name of a stream.", ExitCode.WrongCommandLine);
        // Under another name until it is whole.
        var part = to == Standard ? null : $"{Path.GetFullPath(to)}.part";
        MovedAmount amount;
        await using (var output = part is null ? Console.OpenStandardOutput() : OwnFile(part))
        {
            amount = access.Store is { } store
                ? await HistoryLines.WriteAsync(store, only, final, output, TimeProvider.System, cancellationToken)
                : await FetchAsync(access.Http!, $"api/history/export?stream={only?.Value}&final={(final ? "true" : "false")}", output, cancellationToken);
        }

        if (only is not null && amount.Streams == 0)
        {
            if (part is not null)
            {
                File.Delete(part);
            }

            throw new StartRefusedException($"There is no stream {only} with messages or settings; nothing was exported.");
        }

        if (part is not null)
        {
            File.Move(part, Path.GetFullPath(to), overwrite: true);
        }

        await Console.Error.WriteLineAsync($"Exported {amount}.{(final ? " Pushes to them are refused here from now on (409)." : "")}");
        return (int)ExitCode.Ended;
    }

    /// <summary>Reads an export from a file, or from standard input.</summary>
    /// <returns>An <see cref="ExitCode"/>: refused, if a stream was left out.</returns>
    public static async Task<int> ImportAsync(MovingAccess access, string from, CancellationToken cancellationToken)
    {
        await using var input = from == Standard ? Console.OpenStandardInput() : File.OpenRead(from);
        ImportAnswer answer;
        if (access.Store is { } store)
        {
            answer = await new HistoryImport(store).ReadAsync(input, cancellationToken);
        }
        else
        {
            using var content = new StreamContent(input, 64 * 1024) { Headers = { ContentType = new MediaTypeHeaderValue(HistoryLines.MediaType) } };
            using var response = await access.Http!.SendAsync(HttpMethod.Post, "api/history/import", content, cancellationToken);
            answer = JsonSerializer.Deserialize(await response.Content.ReadAsStreamAsync(cancellationToken), MovingJson.Wire.ImportAnswer)!;
        }

        await Console.Error.WriteLineAsync(
            $"Imported {answer.Imported}{(answer.NewEpochs ? ", under new epochs: the export was not the final one. Listeners with an id are told reset." : ".")}");
        if (answer.Renewed.Count > 0)
        {
            await Console.Error.WriteLineAsync($"Under new epochs, because they have had a later life here: {string.Join(", ", answer.Renewed)}.");
        }

        if (answer.Skipped.Count == 0)
        {
            return (int)ExitCode.Ended;
        }

        await Console.Error.WriteLineAsync($"Left as they are, because they have messages: {string.Join(", ", answer.Skipped)}.");
        return (int)ExitCode.Refused;
    }

    /// <summary>Begins a new epoch for every stream.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> RenewAsync(MovingAccess access, CancellationToken cancellationToken)
    {
        int streams;
        if (access.Store is { } store)
        {
            streams = await store.RenewAsync(cancellationToken);
        }
        else
        {
            using var response = await access.Http!.SendAsync(HttpMethod.Post, "api/history/renew", null, cancellationToken);
            streams = JsonSerializer.Deserialize(await response.Content.ReadAsStreamAsync(cancellationToken), MovingJson.Wire.RenewAnswer)!.Streams;
        }

        await Console.Error.WriteLineAsync($"{streams} streams have a new epoch. Listeners with an older id are told reset.");
        return (int)ExitCode.Ended;
    }

    private static BufferedStream OwnFile(string path)
    {
        File.Delete(path);
        return new(PrivateFile.Open(path, FileMode.CreateNew, FileAccess.Write), 64 * 1024);
    }

    // Copies the export, and looks at its last line: a connection that breaks leaves a file that only looks whole.
    private static async Task<MovedAmount> FetchAsync(HttpClient http, string path, Stream output, CancellationToken cancellationToken)
    {
        using var response = await http.SendAsync(HttpMethod.Post, path, null, cancellationToken);
        await using var input = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[64 * 1024];
        var last = new List<byte>();
        while (await input.ReadAsync(buffer, cancellationToken) is var count and > 0)
        {
            await output.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            last.AddRange(buffer.AsSpan(0, count));
            // The last line is short.
            if (last.Count > 1024)
            {
                last.RemoveRange(0, last.Count - 1024);
            }
        }

        var lines = last.ToArray().AsSpan().TrimEnd((byte)'\n');
        var line = lines[(lines.LastIndexOf((byte)'\n') + 1)..];
        return HistoryLines.IsEnd(line)
            ? JsonSerializer.Deserialize(line, MovingJson.Wire.ExportEnd)!.End
            : throw new WebstreamException(WebstreamError.Unavailable, "The export was cut off before its end. Export again; the gateway's log may say why.");
    }
}
