using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Webstream.Gateway.Access;
using Webstream.Gateway.Connections;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Idle;
using Webstream.Gateway.Pushing;
using Webstream.Gateway.Streams;
using Webstream.Grains.Hosting;
using Webstream.Grains.Log;
using Webstream.Grains.Logging;
using Webstream.Grains.Memory;
using Webstream.Grains.Presence;
using Webstream.Grains.Streams;

namespace Webstream.Gateway.Hosting;

/// <summary>
/// Finds settings that are not even of their type. Binding would report those with the names of our types; the text on each option
/// says what to write instead.
/// </summary>
internal static class SettingsCheck
{
    private static readonly (string Section, Type Options)[] Known =
    [
        ("", typeof(AccessOptions)),
        ("", typeof(IdleOptions)),
        ("", typeof(AddressOptions)),
        ("Listeners", typeof(ListenerOptions)),
        ("Connections", typeof(ConnectionOptions)),
        ("Hub", typeof(HubOptions)),
        ("Push", typeof(PushOptions)),
        ("Console", typeof(ConsoleOptions)),
        ("Log", typeof(LogOptions)),
        ("Memory", typeof(MemoryOptions)),
        ("Queue", typeof(PushQueueOptions)),
        ("Presence", typeof(PresenceOptions)),
        ("Stream", typeof(MessageStreamOptions)),
        ("Cluster", typeof(WebstreamClusterOptions)),
    ];

    /// <exception cref="StartRefusedException">A setting cannot be read, or there is none of that name.</exception>
    public static void Refuse(IConfigurationSection webstream)
    {
        RefuseUnknown(webstream);
        foreach (var (name, type) in Known)
        {
            var section = name.Length == 0 ? webstream : webstream.GetSection(name);
            foreach (var option in type.GetProperties())
            {
                if (section[option.Name] is { } text && !CanBe(option.PropertyType, text))
                {
                    var rule = option.GetCustomAttributes(typeof(ValidationAttribute), inherit: true).OfType<ValidationAttribute>().FirstOrDefault();
                    throw new StartRefusedException(
                        rule?.ErrorMessage ?? $"{section.Path.Replace(":", "__", StringComparison.Ordinal)}__{option.Name} cannot be '{text}'.");
                }
            }
        }
    }

    // A misspelled setting would leave its default in force, unseen: with those of access that is dangerous.
    private static void RefuseUnknown(IConfigurationSection webstream)
    {
        foreach (var group in Known.GroupBy(known => known.Section, known => known.Options))
        {
            var section = group.Key.Length == 0 ? webstream : webstream.GetSection(group.Key);
            string[] names =
            [
                .. group.SelectMany(type => type.GetProperties()).Where(p => p.CanWrite).Select(p => p.Name),
                .. group.Key.Length == 0 ? Known.Select(k => k.Section) : [],
            ];
            if (section.GetChildren().FirstOrDefault(child => !names.Contains(child.Key, StringComparer.OrdinalIgnoreCase)) is { } unknown)
            {
                var path = section.Path.Replace(":", "__", StringComparison.Ordinal);
                throw new StartRefusedException(
                    $"{path}__{unknown.Key} is not a setting. There are {string.Join(", ", names.Where(n => n.Length > 0).Distinct().Order().Select(n => $"{path}__{n}"))}.");
            }
        }
    }

    private static bool CanBe(Type type, string text)
    {
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
