using System.Text.Json;
using System.Text.Unicode;
using Webstream.Fuzz.Tests.Harness;
using Webstream.Fuzz.Tests.Mutation;

namespace Webstream.Fuzz.Tests.Stdio;

/// <summary>Gives a real server mutated lines of the protocol on standard input.</summary>
public sealed class StdioFuzzTests(RunningGateway gateway) : IClassFixture<RunningGateway>
{
    [Fact]
    public async Task Line_OfAnyKind_IsAnsweredOnceUnlessNobodyWaits()
    {
        await using var stdio = new FuzzedStdio(gateway.Address);

        await FuzzRun.Async("mcp.txt", parts =>
            MustAnswer(parts[0]) is null && Waits(parts[0]) ? Task.CompletedTask : stdio.GiveAsync(parts[0], MustAnswer(parts[0])));

        gateway.ShouldBeUnhurt();
    }

    // Decided without the code under test, and only where the result is certain.
    private static bool? MustAnswer(byte[] line)
    {
        if (line.AsSpan().IndexOfAny((byte)'\r', (byte)'\n') >= 0 || line.AsSpan().StartsWith((byte)0) || !Utf8.IsValid(line))
        {
            return null;
        }

        if (!line.AsSpan().ContainsAnyExcept(" \t"u8))
        {
            return false;
        }

        try
        {
            using var message = JsonDocument.Parse(line.AsMemory(line.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0), new() { MaxDepth = 1000 });
            if (message.RootElement.ValueKind != JsonValueKind.Object)
            {
                return true;
            }

            string[] names = [.. message.RootElement.EnumerateObject().Select(member => member.Name)];
            return names.Distinct().Count() != names.Length ? null
                : !names.Contains("method") && (names.Contains("result") || names.Contains("error")) ? false
                : names.Contains("id") ? Listens(message.RootElement) ? null : true
                : !names.Contains("method") ? true
                : null;
        }
        catch (JsonException)
        {
            return true;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    // An answer that comes much later could not be told from the answer to the next line.
    private static bool Waits(byte[] line) => line.AsSpan().IndexOf("ask_stream"u8) >= 0 || line.AsSpan().IndexOf("wait"u8) >= 0;

    // A subscription has no answer until it ends.
    private static bool Listens(JsonElement message) =>
        message.TryGetProperty("method", out var method) && method.ValueKind == JsonValueKind.String && method.ValueEquals("subscriptions/listen");
}
