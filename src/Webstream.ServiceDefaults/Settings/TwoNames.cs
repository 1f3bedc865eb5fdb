namespace Webstream.ServiceDefaults.Settings;

/// <summary>
/// Finds settings that stand twice in the environment: under their long and their short name, or in two spellings of a name. With different values
/// nobody could tell which one counts. <c>webstream-mcp</c> compiles this file too.
/// </summary>
public static class TwoNames
{
    private const string Prefix = "Webstream__";

    /// <summary>The settings that also have a shorter name in the environment, with that name first.</summary>
    public static IReadOnlyList<(string Short, string Name)> ShortNames { get; } =
    [
        ("WEBSTREAM_API_KEY", "Webstream__ApiKey"),
        ("WEBSTREAM_PUBLIC_URL", "Webstream__PublicUrl"),
    ];

    /// <summary>What an error says of a setting with two values. The values are not in it.</summary>
    /// <param name="environment">Variables and their values. Those without a value do not count.</param>
    /// <returns>Null when there is none.</returns>
    public static string? Refusal(IEnumerable<KeyValuePair<string, string>> environment) => environment
        .Where(variable => variable.Value.Length > 0)
        .GroupBy(variable => Long(variable.Key), StringComparer.OrdinalIgnoreCase)
        .Where(setting => setting.Key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && setting.Select(variable => variable.Value).Distinct().Skip(1).Any())
        .Select(setting => $"{string.Join(" and ", setting.Select(variable => variable.Key).Order(StringComparer.Ordinal))} are one setting, "
            + "and have different values. Leave one of them out.")
        .FirstOrDefault();

    private static string Long(string variable) =>
        ShortNames.FirstOrDefault(pair => pair.Short == variable).Name ?? variable.Replace(":", "__", StringComparison.Ordinal);
}
