using System.Collections;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using ModelContextProtocol.Server;
using Webstream.Mcp.Gateways;
using Webstream.Mcp.Stdio;
using Webstream.ServiceDefaults;
using Webstream.ServiceDefaults.Logging;
using Webstream.Tools;

namespace Webstream.Mcp.Hosting;

/// <summary>The MCP server as a process: from the first line on standard input to its end.</summary>
internal static class ServerProcess
{
    // A call that runs longer than this does not delay the end.
    private static readonly TimeSpan LastPatience = TimeSpan.FromMilliseconds(200);

    /// <summary>Serves until the input ends or the process is asked to end.</summary>
    /// <returns>0 after a proper end, 1 when a setting is wrong.</returns>
    public static async Task<int> RunAsync(Stream input, Stream output)
    {
        ServerSettings settings;
        try
        {
            settings = new SettingsReader(Variables()).Read();
        }
        catch (WrongSettingException wrong)
        {
            await Console.Error.WriteLineAsync($"webstream-mcp: {wrong.Message}");
            return 1;
        }

        foreach (var note in settings.Notes)
        {
            await Console.Error.WriteLineAsync($"webstream-mcp: {note}");
        }

        using var logging = Log();
        await using var transport = new StdioTransport(input, output, StdioPatience.Default, TimeProvider.System, logging);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        var options = new McpServerOptions();
        options.AddWebstream(Source(settings, logging, transport.Stopping), ProductVersion.Text, logging);
        await using var server = McpServer.Create(transport, options, logging);
        var serving = server.RunAsync();
        await transport.Ended;
        await Task.WhenAny(serving, Task.Delay(LastPatience));
        // Exit without the disposals: a call that ignores its cancellation would delay them for as long as it runs.
        Environment.Exit(0);
        return 0;

        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            transport.End();
        }
    }

    private static Dictionary<string, string> Variables() => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .ToDictionary(
            variable => (string)variable.Key,
            variable => (string?)variable.Value ?? "",
            OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);

    private static IGatewaySource Source(ServerSettings settings, ILoggerFactory logging, CancellationToken stopping)
    {
        if (settings.Url is not null)
        {
            return new ConfiguredGateway(settings, TimeProvider.System, stopping);
        }

        var gateways = new LocalGateways(settings, TimeProvider.System, logging.CreateLogger<LocalGateways>(), stopping);
        _ = gateways.PrepareAsync();
        return gateways;
    }

    // To standard error, which clients show or keep. The library's own entries are of no use to a person who reads them there.
    private static ILoggerFactory Log() => LoggerFactory.Create(logging => logging
        .SetMinimumLevel(LogLevel.Information)
        .AddFilter("ModelContextProtocol", LogLevel.Error)
        .AddFilter(ServerFeatures.LibraryCategory, LogLevel.None)
        .AddLines()
        .AddConsole(console =>
        {
            console.LogToStandardErrorThreshold = LogLevel.Trace;
            // A client that does not read standard error must not delay its own answers: when the queue is full, lines are dropped, and the console
            // says how many.
            console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
        }));
}
