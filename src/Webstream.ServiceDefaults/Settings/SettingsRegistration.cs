using System.ComponentModel.DataAnnotations;
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

    /// <summary>
    /// Reads a list of options from a section, in the order of their numbers: <c>Webstream__Streams__0__Match</c>. An error names the number;
    /// the texts on the item's options have <c>N</c> in its place.
    /// </summary>
    /// <param name="services">The process's services; they get a <see cref="SettingsSection"/> for the options.</param>
    /// <param name="webstream">The section <c>Webstream</c>.</param>
    /// <param name="section">The section below it.</param>
    /// <param name="list">The list in its options.</param>
    /// <exception cref="StartRefusedException">A value is not of its option's type.</exception>
    public static void AddSettingsList<TOptions, TItem>(
        this IServiceCollection services, IConfiguration webstream, string section, Func<TOptions, IList<TItem>> list)
        where TOptions : class
        where TItem : class, new()
    {
        var items = webstream.GetSection(section).GetChildren().ToArray();
        Array.ForEach(items, item => SettingsCheck.RefuseUnreadable<TItem>(webstream, $"{section}:{item.Key}"));
        services.AddSingleton(new SettingsSection($"{section}:{SettingsSection.Number}", typeof(TItem)));
        services.AddOptions<TOptions>()
            .Configure(options => Array.ForEach(items, item => list(options).Add(item.Get<TItem>() ?? new())))
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<TOptions>>(new ListValidation<TOptions, TItem>(section, [.. items.Select(item => item.Key)], list));
    }

    private sealed class ListValidation<TOptions, TItem>(string section, string[] keys, Func<TOptions, IList<TItem>> list) : IValidateOptions<TOptions>
        where TOptions : class
        where TItem : class
    {
        public ValidateOptionsResult Validate(string? name, TOptions options)
        {
            var faults = list(options).SelectMany((item, index) =>
            {
                var found = new List<ValidationResult>();
                Validator.TryValidateObject(item, new(item), found, validateAllProperties: true);
                return found.Select(fault => SettingsSection.Numbered(fault.ErrorMessage!, section, index < keys.Length ? keys[index] : $"{index}"));
            }).ToArray();
            return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
        }
    }
}
