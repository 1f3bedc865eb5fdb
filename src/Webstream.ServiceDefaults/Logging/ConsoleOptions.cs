using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.ServiceDefaults.Logging;

/// <summary>The format of the console. Section <c>Webstream:Console</c>.</summary>
public sealed class ConsoleOptions
{
    /// <summary>Their section below <c>Webstream</c>.</summary>
    internal const string Section = "Console";

    private const string Rule = "Webstream__Console__Format is text, a line for people, or json, a JSON object in each line.";

    /// <summary><c>text</c>: a line for people; <c>json</c>: a JSON object in each line, for log collectors.</summary>
    [RegularExpression("(?i)text|json", ErrorMessage = Rule)]
    public string Format { get; set; } = "text";

    /// <summary>Whether each line is a JSON object.</summary>
    internal bool IsJson => Format.Equals("json", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads the options from the section <c>Webstream</c>, because the console is needed before the services exist.</summary>
    /// <exception cref="StartRefusedException">There is no such format.</exception>
    internal static ConsoleOptions Read(IConfiguration webstream)
    {
        var options = new ConsoleOptions();
        // Compose files pass on a variable that is not set. It arrives empty.
        if (webstream[$"{Section}:{nameof(Format)}"] is { Length: > 0 } format)
        {
            options.Format = format;
        }

        return Validator.TryValidateObject(options, new(options), null, validateAllProperties: true) ? options : throw new StartRefusedException(Rule);
    }
}
