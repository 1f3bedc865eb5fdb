using System.CommandLine;
using System.Globalization;
using Webstream.Gateway.Administration;
using Webstream.Gateway.Calling;
using Webstream.Grains;
using Webstream.Protocol;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Gateway.Hosting;

/// <summary>The command <c>keys</c>: makes, lists and revokes keys of a running gateway, or in a file of keys.</summary>
internal static class KeysCommand
{
    /// <param name="urlsOf">The addresses of a gateway with these arguments and this environment.</param>
    /// <param name="listenOptions">The options of the gateway that say where it listens.</param>
    public static Command Create(Func<ParseResult, string> urlsOf, params ReadOnlySpan<Option> listenOptions)
    {
        var url = new Option<string?>("--url")
        {
            Description = "The gateway, in place of the one of this machine; a key with the right admin is in WEBSTREAM_API_KEY",
            HelpName = "URL",
            Recursive = true,
        };
        var file = new Option<string?>("--file")
        {
            Description = "A file of keys, as Webstream__Keys__File names it, in place of a gateway",
            HelpName = "FILE",
            Recursive = true,
        };
        var name = new Argument<string>("NAME") { Description = "Who gets it; a second key of a name is the same caller" };
        var publish = Patterns("--publish", "push to");
        var subscribe = Patterns("--subscribe", "listen to from now on");
        var history = Patterns("--history", "read what is retained of");
        var approve = Patterns("--approve", "answer permission questions of");
        var admin = new Option<bool>("--admin") { Description = "Lets it manage keys, and change, close, delete and export streams" };
        var expires = new Option<DateTimeOffset?>("--expires")
        {
            Description = "When it ends: a time such as 2027-01-31T00:00:00Z, or a number of days such as 30d",
            HelpName = "TIME",
            CustomParser = result =>
            {
                if (Time(result.Tokens[0].Value) is { } time)
                {
                    return time;
                }

                result.AddError("--expires is a time to come, for example 2027-01-31T00:00:00Z or 30d.");
                return null;
            },
        };
        var limit = new Option<string[]>("--limit")
        {
            Description = "A limit of its own, for example messagesPerSecond=50; may stand several times",
            HelpName = "NAME=NUMBER",
        };
        limit.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(token => KeyLimitNames.With(new(), token.Value) is null) is { } wrong)
            {
                result.AddError($"--limit is a name and a whole number from 1 up, and the names are {KeyLimitNames.All}: '{wrong.Value}' is not.");
            }
        });
        var id = new Argument<string>("ID") { Description = "The key's id, as list shows it" };

        var make = new Command("new", "Makes a key, and writes it to standard output") { name, publish, subscribe, history, approve, admin, expires, limit };
        make.SetAction((result, ending) => RunAsync(result, async http =>
        {
            var key = KeyBody.Checked(new(
                result.GetRequiredValue(name),
                new KeyRights
                {
                    Publish = result.GetValue(publish) ?? [],
                    Subscribe = result.GetValue(subscribe) ?? [],
                    History = result.GetValue(history) ?? [],
                    Approve = result.GetValue(approve) ?? [],
                    Admin = result.GetValue(admin),
                },
                result.GetValue(expires),
                result.GetValue(limit) is { Length: > 0 } limits ? limits.Aggregate(new KeyLimits(), (all, one) => KeyLimitNames.With(all, one)!) : null));
            return http is null
                ? await KeyCommands.NewAsync(result.GetRequiredValue(file)!, key, TimeProvider.System)
                : await KeyCommands.NewAsync(http, key, ending);
        }));
        var list = new Command("list", "Lists the keys: id, name, rights");
        list.SetAction((result, ending) => RunAsync(result, http =>
            http is null ? KeyCommands.ListAsync(result.GetRequiredValue(file)!) : KeyCommands.ListAsync(http, ending)));
        var revoke = new Command("revoke", "Revokes a key; what listens with it ends within five seconds") { id };
        revoke.SetAction((result, ending) => RunAsync(result, http => http is null
            ? KeyCommands.RevokeAsync(result.GetRequiredValue(file)!, result.GetRequiredValue(id))
            : KeyCommands.RevokeAsync(http, result.GetRequiredValue(id), ending)));

        var keys = new Command(
            "keys", "Makes, lists and revokes keys. It asks the gateway that these options, the environment and appsettings.json describe")
        {
            make, list, revoke, url, file,
        };
        foreach (var option in listenOptions)
        {
            keys.Options.Add(option);
            make.Options.Add(option);
            list.Options.Add(option);
            revoke.Options.Add(option);
        }

        return keys;

        // Without a client: a file is named.
        async Task<int> RunAsync(ParseResult result, Func<HttpClient?, Task<int>> run)
        {
            try
            {
                using var http = result.GetValue(file) is { Length: > 0 } ? null : GatewayCalls.Find(result.GetValue(url), () => urlsOf(result));
                return await run(http);
            }
            catch (Exception failure) when ((StartRefusal.Of(failure) ?? GatewayCalls.RefusalOf(failure)) is { } refused)
            {
                await Console.Error.WriteLineAsync($"webstream-gateway: {refused.Message}");
                return (int)refused.Code;
            }
        }
    }

    private static Option<string[]> Patterns(string name, string what)
    {
        var option = new Option<string[]>(name)
        {
            Description = $"A stream that it may {what}, or the beginning of names and *; may stand several times",
            HelpName = "PATTERN",
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(token => !NamePattern.IsValid(token.Value)) is { } wrong)
            {
                result.AddError($"{name} is {NamePattern.Rule}: '{wrong.Value}' is not.");
            }
        });
        return option;
    }

    private static DateTimeOffset? Time(string text)
    {
        var now = DateTimeOffset.UtcNow;
        return text.EndsWith('d') && int.TryParse(text.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is > 0 and <= 36_500
                ? now.AddDays(days)
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) && at > now ? at.ToUniversalTime()
            : null;
    }
}
