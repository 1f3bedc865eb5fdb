namespace Webstream.Gateway.Hosting;

/// <summary>The settings that also have a shorter name.</summary>
internal static class ShortNames
{
    private static readonly (string Variable, string Setting)[] All =
    [
        ("WEBSTREAM_API_KEY", "Webstream:ApiKey"),
        ("WEBSTREAM_PUBLIC_URL", "Webstream:PublicUrl"),
    ];

    /// <summary>Adds the short names that are set; they take precedence over the long ones.</summary>
    public static void AddShortNames(this IConfigurationBuilder configuration)
    {
        foreach (var (variable, setting) in All)
        {
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value)
            {
                configuration.AddInMemoryCollection([new(setting, value)]);
            }
        }
    }
}
