using Webstream.ServiceDefaults.Settings;

namespace Webstream.Gateway.Hosting;

/// <summary>The settings that also have a shorter name.</summary>
internal static class ShortNames
{
    /// <summary>Adds the short names that are set; they take precedence over the long ones.</summary>
    public static void AddShortNames(this IConfigurationBuilder configuration)
    {
        foreach (var (variable, setting) in KnownSettings.ShortNames)
        {
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value)
            {
                configuration.AddInMemoryCollection([new(setting.Replace("__", ":", StringComparison.Ordinal), value)]);
            }
        }
    }
}
