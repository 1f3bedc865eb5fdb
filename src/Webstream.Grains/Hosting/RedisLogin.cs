using StackExchange.Redis;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Grains.Hosting;

/// <summary>
/// User and password of Redis. They have settings of their own, because in the address' setting a password cannot have a comma. No message of
/// this class quotes a password.
/// </summary>
internal static class RedisLogin
{
    private const string User = "Webstream__Cluster__RedisUser";
    private const string UserFile = "Webstream__Cluster__RedisUserFile";
    private const string Password = "Webstream__Cluster__RedisPassword";
    private const string PasswordFile = "Webstream__Cluster__RedisPasswordFile";

    /// <summary>Adds user and password of the settings to the options of a connection.</summary>
    /// <exception cref="StartRefusedException">There are two of one of them, or a file cannot be read.</exception>
    public static void AddTo(ConfigurationOptions options, WebstreamClusterOptions cluster)
    {
        options.User = Choose("user", options.User, (User, cluster.RedisUser), (UserFile, cluster.RedisUserFile));
        options.Password = Choose("password", options.Password, (Password, cluster.RedisPassword), (PasswordFile, cluster.RedisPasswordFile));
    }

    private static string? Choose(string what, string? address, (string Setting, string? Text) set, (string Setting, string? Path) file)
    {
        var (isSet, inFile) = (set.Text is { Length: > 0 }, file.Path is { Length: > 0 });
        if (isSet && inFile)
        {
            throw Twice(what, set.Setting, file.Setting);
        }

        return !isSet && !inFile ? address
            : !string.IsNullOrEmpty(address) ? throw Twice(what, RedisSetting.Name, isSet ? set.Setting : file.Setting)
            : isSet ? OneLine(set.Text!, set.Setting)
            : new SecretFile(file.Setting, $"the {what} of Redis").ReadLine(file.Path!);
    }

    private static string OneLine(string text, string setting) => text.Any(char.IsControl)
        ? throw new StartRefusedException(
            $"{setting} has a line break or another control character, which is surely a mistake, for example the end of a file's line. Write it without.")
        : text;

    private static StartRefusedException Twice(string what, string one, string other) =>
        new($"{one} and {other} both have the {what} of Redis. Leave one of them out.");
}
