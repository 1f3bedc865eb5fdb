using System.Globalization;
using Microsoft.Extensions.Configuration;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.ServiceDefaults.Settings;

/// <summary>Refuses addresses to listen on that the web server would refuse with a trace, or would read in another way than they look.</summary>
public static class ListenRules
{
    private const string Example = "Write it as http://127.0.0.1:8000.";

    /// <summary>Refuses wrong addresses of the web framework's settings, and names the setting.</summary>
    /// <exception cref="StartRefusedException">An address cannot be listened on.</exception>
    public static void RefuseWrong(IConfiguration configuration)
    {
        var endpoints = configuration.GetSection(ListenSettings.Endpoints).GetChildren().Where(endpoint => endpoint["Url"] is not null).ToList();
        if (endpoints.Count > 0)
        {
            endpoints.ForEach(endpoint => RefuseWrong(endpoint["Url"]!, $"Kestrel__Endpoints__{endpoint.Key}__Url"));
        }
        else if (configuration["urls"] is { } urls && !string.IsNullOrWhiteSpace(urls))
        {
            RefuseWrong(urls, NameOf("urls"));
        }
        else
        {
            RefuseWrongPorts(configuration, "http_ports");
            RefuseWrongPorts(configuration, "https_ports");
        }

        ListenCertificates.RefuseMissing(configuration);
    }

    /// <summary>Refuses wrong addresses.</summary>
    /// <param name="urls">The addresses, separated by semicolons.</param>
    /// <param name="setting">The setting that has them; none: a person has just typed them.</param>
    /// <exception cref="StartRefusedException">An address cannot be listened on.</exception>
    public static void RefuseWrong(string urls, string? setting = null)
    {
        if (Placeholder.IsIn(urls))
        {
            throw new StartRefusedException($"{setting ?? "The address"} {Placeholder.Refusal} {Example}");
        }

        var entries = Split(urls);
        if (entries.Length == 0)
        {
            throw new StartRefusedException($"{setting ?? "--urls"} names no address. {Example}");
        }

        foreach (var url in entries)
        {
            if (FaultOf(url) is { } fault)
            {
                throw new StartRefusedException(setting is null ? $"'{url}' {fault}" : $"{setting} has '{url}', which {fault}");
            }
        }
    }

    private static void RefuseWrongPorts(IConfiguration configuration, string key)
    {
        var text = configuration[key] ?? "";
        var name = NameOf(key);
        if (Placeholder.IsIn(text))
        {
            throw new StartRefusedException($"{name} {Placeholder.Refusal} Write ports, for example 8000;8001.");
        }

        if (Array.Find(Split(text), port => !IsPort(port)) is { } wrong)
        {
            throw new StartRefusedException($"{name} has '{wrong}', which is not a port. Write numbers from 0 to 65535 with semicolons between them: 8000;8001.");
        }
    }

    private static string? FaultOf(string url)
    {
        var end = url.IndexOf("://", StringComparison.Ordinal);
        if (end <= 0)
        {
            return $"is not an address to listen on. {Example}";
        }

        var (scheme, rest) = (url[..end].ToLowerInvariant(), url[(end + 3)..]);
        if (scheme is not ("http" or "https"))
        {
            return $"begins with neither http:// nor https://. {Example}";
        }

        if (rest.StartsWith("unix:/", StringComparison.OrdinalIgnoreCase) || rest.StartsWith("pipe:/", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        if (url.Any(c => c is ',' || char.IsWhiteSpace(c)))
        {
            return "is not one address. Semicolons separate several: http://127.0.0.1:8000;http://127.0.0.1:8001.";
        }

        var slash = rest.IndexOfAny(['/', '?', '#']);
        var (authority, path) = slash < 0 ? (rest, "") : (rest[..slash], rest[slash..].TrimEnd('/'));
        var colon = authority.LastIndexOf(':');
        var (host, port) = colon > authority.LastIndexOf(']') ? (authority[..colon], authority[(colon + 1)..]) : (authority, null);
        return host.Length == 0 || host.StartsWith('[') != host.EndsWith(']') ? $"is not an address to listen on. {Example}"
            : port is not null && !IsPort(port) ? $"has a port that is not a number from 0 to 65535. {Example}"
            : path.Length > 0 ? $"has a path. {Example} The path below which people reach a gateway belongs into WEBSTREAM_PUBLIC_URL."
            : null;
    }

    private static bool IsPort(string text) => ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static string[] Split(string list) => list.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    // As the person has written it. The name alone takes precedence over the names with a prefix.
    private static string NameOf(string key)
    {
        var variables = Environment.GetEnvironmentVariables().Keys.Cast<string>().ToList();
        string[] names = [key, $"ASPNETCORE_{key}", $"DOTNET_{key}"];
        return names.Select(name => variables.Find(variable => variable.Equals(name, StringComparison.OrdinalIgnoreCase))).FirstOrDefault(found => found is not null)
            ?? key.ToUpperInvariant();
    }
}
