using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Webstream.ServiceDefaults.Settings;

/// <summary>
/// Where the web framework's own settings tell a process to listen. A process reads them at its start, and <c>health</c> reads them to find the
/// process.
/// </summary>
public static class ListenSettings
{
    /// <summary>The section of the web server's own endpoints.</summary>
    internal const string Endpoints = "Kestrel:Endpoints";

    /// <summary>
    /// The addresses, separated by semicolons, in the framework's order: <c>Kestrel:Endpoints</c>, <c>urls</c>, <c>http_ports</c> and
    /// <c>https_ports</c>. In the environment their names begin with <c>ASPNETCORE_</c> or <c>DOTNET_</c>, or stand alone.
    /// </summary>
    /// <returns>Null when no setting says where.</returns>
    public static string? Of(IConfiguration configuration)
    {
        var endpoints = configuration.GetSection(Endpoints).GetChildren().Select(endpoint => endpoint["Url"]).OfType<string>().ToList();
        if (endpoints.Count > 0)
        {
            return string.Join(';', endpoints);
        }

        return configuration["urls"] is { } urls && !string.IsNullOrWhiteSpace(urls) ? urls
            : string.Join(';', Ports(configuration, "http").Concat(Ports(configuration, "https"))) is { Length: > 0 } ports ? ports
            : null;
    }

    /// <summary>Whether the addresses are those of <c>Kestrel:Endpoints</c>, at which the web server listens by itself.</summary>
    public static bool AreEndpoints(IConfiguration configuration, string urls) => HasEndpoints(configuration) && Of(configuration) == urls;

    /// <summary>Whether there is an endpoint in <c>Kestrel:Endpoints</c>.</summary>
    public static bool HasEndpoints(IConfiguration configuration) => configuration.GetSection(Endpoints).GetChildren().Any();

    /// <summary>The configuration as a process has it that is started in this environment, without starting one.</summary>
    /// <param name="args">The process's arguments.</param>
    public static IConfiguration Read(string[] args)
    {
        var host = new ConfigurationBuilder().AddEnvironmentVariables("DOTNET_").AddEnvironmentVariables("ASPNETCORE_").AddCommandLine(args).Build();
        return new ConfigurationBuilder()
            .SetBasePath(AppContext.BaseDirectory)
            .AddConfiguration(host)
            .AddJsonFile("appsettings.json", optional: true)
            .AddJsonFile($"appsettings.{host["environment"] ?? "Production"}.json", optional: true)
            .AddEnvironmentVariables()
            .AddCommandLine(args)
            .Build();
    }

    private static IEnumerable<string> Ports(IConfiguration configuration, string scheme) =>
        (configuration[$"{scheme}_ports"] ?? "")
            .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(port => string.Create(CultureInfo.InvariantCulture, $"{scheme}://*:{port}"));
}
