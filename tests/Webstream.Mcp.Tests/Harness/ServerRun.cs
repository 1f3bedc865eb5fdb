using System.Globalization;
using System.Text.Json;

namespace Webstream.Mcp.Tests.Harness;

/// <summary>The server as a process of its own. The test exchanges lines with it.</summary>
internal sealed class ServerRun : IAsyncDisposable
{
    private readonly ChildProcess process;

    private ServerRun(ChildProcess process) => this.process = process;

    /// <summary>The lines of its standard error so far.</summary>
    public IReadOnlyList<string> Errors => process.Errors.All;

    /// <summary>The resident memory of the process, in bytes.</summary>
    public long ResidentBytes => process.ResidentBytes;

    public static ServerRun Start(Machine machine, string arguments = "", string? folder = null, params (string Name, string Value)[] environment) =>
        new(ChildProcess.Start(
            [Programs.McpServer, .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)],
            machine.Environment.Select(variable => (variable.Key, variable.Value)).Concat(environment),
            folder,
            keepsInput: true));

    public Task SendAsync(string line) => process.WriteAsync(line + Environment.NewLine);

    public Task WriteAsync(string text) => process.WriteAsync(text);

    public Task WriteAsync(byte[] bytes) => process.WriteAsync(bytes);

    /// <summary>Calls a tool. The caller has to await the answer.</summary>
    public Task CallAsync(int id, string tool, string arguments) => SendAsync(string.Create(
        CultureInfo.InvariantCulture,
        $$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"tools/call","params":{"name":"{{{tool}}}","arguments":{{{arguments}}}}}"""));

    /// <summary>Does the handshake of a client.</summary>
    public async Task<ServerRun> HandshakeAsync()
    {
        await SendAsync("""{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}""");
        (await LineAsync()).GetProperty("result").GetProperty("serverInfo").GetProperty("name").GetString().ShouldBe("webstream");
        await SendAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
        return this;
    }

    /// <summary>The next line of standard output, which is always JSON.</summary>
    public async Task<JsonElement> LineAsync() => JsonDocument.Parse(await process.LineAsync()).RootElement;

    /// <summary>Every further line of standard output, to its end.</summary>
    public Task<IReadOnlyList<string>> RestAsync() => process.Output.RestAsync();

    /// <summary>Ends the server's input.</summary>
    public void CloseInput() => process.CloseInput();

    /// <summary>Sends the server a signal.</summary>
    public void Signal(ProcessSignal signal) => process.Signal(signal);

    /// <summary>Waits for the end of the process.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> EndAsync() => process.ExitAsync();

    public ValueTask DisposeAsync() => process.DisposeAsync();
}
