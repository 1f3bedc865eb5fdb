using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.ServiceDefaults.Settings;

/// <summary>How a feature registers its options.</summary>
public static class SettingsRegistration
{
    /// <summary>Reads options from their section, and checks them before the process starts.</summary>
    /// <param name="services">The process's services; they get a <see cref="SettingsSection"/> for the options.</param>
    /// <param name="webstream">The section <c>Webstream</c>.</param>
    /// <param name="section">The section below it, for example <c>Log</c>; empty for <c>Webstream</c> itself.</param>
    /// <exception cref="StartRefusedException">A value is not of its option's type.</exception>
    public static OptionsBuilder<TOptions> AddSettings<TOptions>(this IServiceCollection services, IConfiguration webstream, string section)
        where TOptions : class
    {
        SettingsCheck.RefuseUnreadable<TOptions>(webstream, section);
        services.AddSingleton(new SettingsSection(section, typeof(TOptions)));
        return services.AddOptions<TOptions>()
            .Bind(section.Length == 0 ? webstream : webstream.GetSection(section))
            .ValidateDataAnnotations()
            .ValidateOnStart();
    }
}
