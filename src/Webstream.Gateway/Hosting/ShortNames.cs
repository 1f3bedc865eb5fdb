namespace Webstream.Gateway.Hosting;

/// <summary>The settings that have a shorter name besides.</summary>
internal static class ShortNames
{
    private static readonly (string Variable, string Setting)[] All =
    [
        ("WEBSTREAM_API_KEY", "Webstream:ApiKey"),
        ("WEBSTREAM_PUBLIC_URL", "Webstream:PublicUrl"),
    ];

    /// <summary>Takes those that are set; they go before the long ones.</summary>
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
