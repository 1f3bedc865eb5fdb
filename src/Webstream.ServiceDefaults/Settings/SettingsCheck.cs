using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.ServiceDefaults.Settings;

/// <summary>Refuses the start for settings that the framework would ignore, or would report with the names of our types.</summary>
public static class SettingsCheck
{
    /// <summary>
    /// Refuses names that neither program knows. With a misspelled setting the default would stay in force unnoticed, which is dangerous for
    /// settings of access.
    /// </summary>
    /// <param name="webstream">The section <c>Webstream</c>.</param>
    /// <exception cref="StartRefusedException">A setting has an unknown name. The text lists the names in its section.</exception>
    public static void RefuseUnknown(IConfiguration webstream)
    {
        var names = KnownSettings.Names.Select(name => name[KnownSettings.Prefix.Length..].Split(KnownSettings.Separator)).ToList();
        RefuseUnknown(webstream, "", [.. names.Select(name => name[0]).Distinct()]);
        foreach (var section in names.Where(name => name.Length > 1).GroupBy(name => name[0], name => name[1]))
        {
            if (section.All(name => name == SettingsSection.Number))
            {
                RefuseUnknownItems(
                    webstream.GetSection(section.Key), section.Key, [.. names.Where(name => name[0] == section.Key).Select(name => name[2])]);
                continue;
            }

            RefuseUnknown(webstream.GetSection(section.Key), section.Key, [.. section]);
        }
    }

    /// <summary>
    /// Refuses values that do not have their option's type, and placeholders. The text on the option says what to write instead. Settings that
    /// this program does not have are not judged.
    /// </summary>
    /// <param name="webstream">The section <c>Webstream</c>.</param>
    /// <param name="section">The section below it; empty for <c>Webstream</c> itself.</param>
    /// <exception cref="StartRefusedException">A value cannot be read.</exception>
    public static void RefuseUnreadable<TOptions>(IConfiguration webstream, string section)
        where TOptions : class
    {
        var values = section.Length == 0 ? webstream : webstream.GetSection(section);
        foreach (var option in typeof(TOptions).GetProperties().Where(option => option.CanWrite))
        {
            if (values[option.Name] is not { } text)
            {
                continue;
            }

            string? Says(ValidationAttribute? rule) => rule?.ErrorMessage is { } says && section.Split(':') is [var list, var number]
                ? SettingsSection.Numbered(says, list, number)
                : rule?.ErrorMessage;
            var rule = option.GetCustomAttributes(typeof(ValidationAttribute), inherit: true).OfType<ValidationAttribute>().FirstOrDefault();
            if (Placeholder.IsSetting(option.Name, text))
            {
                throw new StartRefusedException(
                    $"{NameOf(section, option.Name)} {Placeholder.Refusal}{(rule is not SecretAttribute && Says(rule) is { } says ? $" {says}" : "")}");
            }

            if (!CanBe(option.PropertyType, text))
            {
                throw new StartRefusedException(
                    Says(rule) ?? rule?.FormatErrorMessage(option.Name) ?? $"{SettingsSection.NameOf(section, option.Name)} cannot be '{text}'.");
            }
        }
    }

    // The items of a list are numbered from 0 on.
    private static void RefuseUnknownItems(IConfigurationSection list, string section, string[] names)
    {
        foreach (var item in list.GetChildren())
        {
            if (item.Key != SettingsSection.Number && !int.TryParse(item.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                throw new StartRefusedException(
                    $"{SettingsSection.NameOf(section, item.Key)} is not a setting. Its items have numbers, for example {SettingsSection.NameOf($"{section}:0", names[0])}.");
            }

            RefuseUnknown(item, $"{section}:{item.Key}", names);
        }
    }

    private static void RefuseUnknown(IConfiguration values, string section, string[] names)
    {
        if (values.GetChildren().FirstOrDefault(child => !names.Contains(child.Key, StringComparer.OrdinalIgnoreCase)) is { } unknown)
        {
            throw new StartRefusedException(
                $"{SettingsSection.NameOf(section, unknown.Key)} is not a setting. There are {string.Join(", ", names.Order(StringComparer.Ordinal).Select(name => SettingsSection.NameOf(section, name)))}.");
        }
    }

    private static string NameOf(string section, string option)
    {
        var name = SettingsSection.NameOf(section, option);
        return KnownSettings.ShortNameOf(name) is { } shorter ? $"{name} ({shorter})" : name;
    }

    private static bool CanBe(Type type, string text)
    {
        var inner = Nullable.GetUnderlyingType(type);
        if ((inner ?? type) is { IsEnum: true } names)
        {
            // By its name alone. The converter also takes numbers and lists of names, which mean something else than people who write them think.
            // Without a text, an option that may be left out is left out.
            return (inner is not null && text.Length == 0) || Enum.GetNames(names).Contains(text.Trim(), StringComparer.OrdinalIgnoreCase);
        }

        try
        {
            TypeDescriptor.GetConverter(type).ConvertFrom(null, CultureInfo.InvariantCulture, text);
            return true;
        }
        catch (Exception failure) when (failure is FormatException or ArgumentException or NotSupportedException or OverflowException)
        {
            return false;
        }
    }
}
