using System.CommandLine;
using Webstream.Gateway.Calling;
using Webstream.Gateway.Moving;
using Webstream.Protocol;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Gateway.Hosting;

/// <summary>The command <c>history</c>: takes histories out of a gateway or a file, and puts them into another.</summary>
internal static class HistoryCommand
{
    /// <param name="urlsOf">The addresses of a gateway with these arguments and this environment.</param>
    /// <param name="listenOptions">The options of the gateway that say where it listens.</param>
    public static Command Create(Func<ParseResult, string> urlsOf, params ReadOnlySpan<Option> listenOptions)
    {
        var url = new Option<string?>("--url")
        {
            Description = "The gateway, in place of the one of this machine; the key is in WEBSTREAM_API_KEY",
            HelpName = "URL",
            Recursive = true,
        };
        var file = new Option<string?>("--file") { Description = "A history on disk that no gateway or silo has open", HelpName = "FILE", Recursive = true };
        var stream = new Option<string?>("--stream") { Description = "One stream alone (default: all)", HelpName = "NAME" };
        var final = new Option<bool>("--final")
        {
            Description = "End the pushes to what is exported: it goes on where it is imported, under the same ids",
        };
        var to = new Argument<string>("FILE") { Description = "Where to write the export; - is standard output" };
        var from = new Argument<string>("FILE") { Description = "An export; - is standard input" };

        var export = new Command("export", "Writes the histories, a message a line in JSON") { to, stream, final };
        export.SetAction((result, ending) => RunAsync(result, access =>
            MovingCommands.ExportAsync(access, result.GetRequiredValue(to), result.GetValue(stream), result.GetValue(final), ending)));
        var import = new Command("import", "Puts an export into streams that have no messages") { from };
        import.SetAction((result, ending) => RunAsync(result, access => MovingCommands.ImportAsync(access, result.GetRequiredValue(from), ending), mayBegin: true));
        var renew = new Command("renew", "Begins a new epoch for every stream: do it after you put back an older copy of the file");
        renew.SetAction((result, ending) => RunAsync(result, access => MovingCommands.RenewAsync(access, ending)));

        var history = new Command(
            "history",
            "Moves histories: out of a gateway, into a gateway. It asks the gateway that these options, the environment and appsettings.json describe; "
            + "if none runs, it opens that gateway's history on disk itself")
        {
            export, import, renew, url, file,
        };
        foreach (var option in listenOptions)
        {
            history.Options.Add(option);
            export.Options.Add(option);
            import.Options.Add(option);
            renew.Options.Add(option);
        }

        return history;

        async Task<int> RunAsync(ParseResult result, Func<MovingAccess, Task<int>> run, bool mayBegin = false)
        {
            try
            {
                await using var access = MovingAccess.Find(result.GetValue(url), result.GetValue(file), () => urlsOf(result), mayBegin);
                return await run(access);
            }
            catch (Exception failure) when ((StartRefusal.Of(failure) ?? GatewayCalls.RefusalOf(failure)) is { } refused)
            {
                await Console.Error.WriteLineAsync($"webstream-gateway: {refused.Message}");
                return (int)refused.Code;
            }
        }
    }
}
