using System.Collections;
using Webstream.ServiceDefaults.Settings;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Gateway.Hosting;

/// <summary>The settings that also have a shorter name.</summary>
internal static class ShortNames
{
    /// <summary>Adds the short names that are set.</summary>
    /// <exception cref="StartRefusedException">A setting has different values under two names.</exception>
    public static void AddShortNames(this IConfigurationBuilder configuration)
    {
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(variable => KeyValuePair.Create((string)variable.Key, (string?)variable.Value ?? ""));
        if (TwoNames.Refusal(environment) is { } refusal)
        {
            throw new StartRefusedException(refusal);
        }

        foreach (var (variable, setting) in TwoNames.ShortNames)
        {
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value)
            {
                configuration.AddInMemoryCollection([new(setting.Replace("__", ":", StringComparison.Ordinal), value)]);
            }
        }
    }
}
