namespace Webstream.ServiceDefaults.Settings;

/// <summary>The settings of gateways and silos together. One environment may serve both, so each program knows those of the other.</summary>
public static class KnownSettings
{
    /// <summary>The prefix of every name.</summary>
    internal const string Prefix = "Webstream__";

    /// <summary>The separator between a section and an option.</summary>
    internal const string Separator = "__";

    // A list instead of the registrations, because neither program has the other's options.
    private const string Resource = "settings.txt";

    /// <summary>Their names as they are written in the environment, for example <c>Webstream__Log__MaxStreams</c>.</summary>
    public static IReadOnlyList<string> Names { get; } = Read();

    /// <summary>The shorter name of a setting; null when it has none.</summary>
    internal static string? ShortNameOf(string name) => TwoNames.ShortNames.FirstOrDefault(pair => pair.Name == name).Short;

    private static string[] Read()
    {
        using var reader = new StreamReader(typeof(KnownSettings).Assembly.GetManifestResourceStream(Resource)!);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
