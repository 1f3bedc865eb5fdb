namespace Webstream.ServiceDefaults.Settings;

/// <summary>A section of the settings, and the options that are read from it. Several options may share a section.</summary>
/// <param name="Name">The section below <c>Webstream</c>; empty for <c>Webstream</c> itself.</param>
/// <param name="Options">The options' type; each property that can be set is a setting.</param>
public sealed record SettingsSection(string Name, Type Options)
{
    /// <summary>Stands for the numbers of a list's items, in the names of settings.</summary>
    public const string Number = "N";

    /// <summary>The settings' names, for example <c>Webstream__Log__MaxStreams</c>.</summary>
    public IEnumerable<string> SettingNames => Options.GetProperties().Where(option => option.CanWrite).Select(option => NameOf(Name, option.Name));

    /// <summary>A setting's name, as it is written in the environment.</summary>
    internal static string NameOf(string section, string option) =>
        $"{KnownSettings.Prefix}{section.Replace(":", KnownSettings.Separator, StringComparison.Ordinal)}{(section.Length == 0 ? "" : KnownSettings.Separator)}{option}";

    /// <summary>A text about an item of a list, with the item's number in place of <see cref="Number"/>.</summary>
    internal static string Numbered(string text, string section, string number) =>
        text.Replace(NameOf($"{section}:{Number}", ""), NameOf($"{section}:{number}", ""), StringComparison.Ordinal);
}
