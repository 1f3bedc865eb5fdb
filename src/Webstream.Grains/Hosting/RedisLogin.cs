using System.Text;
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
    private const string Password = "Webstream__Cluster__RedisPassword";
    private const string File = "Webstream__Cluster__RedisPasswordFile";

    private const int LongestFile = 64 * 1024;

    /// <summary>Adds user and password of the settings to the options of a connection.</summary>
    /// <exception cref="StartRefusedException">There are two of one of them, or the file cannot be read.</exception>
    public static void AddTo(ConfigurationOptions options, WebstreamClusterOptions cluster)
    {
        if (cluster.RedisUser is { Length: > 0 } user)
        {
            options.User = string.IsNullOrEmpty(options.User) ? OneLine(user, User) : throw Twice("user", RedisSetting.Name, User);
        }

        var (set, file) = (cluster.RedisPassword is { Length: > 0 }, cluster.RedisPasswordFile is { Length: > 0 });
        if (set && file)
        {
            throw Twice("password", Password, File);
        }

        if ((set || file) && !string.IsNullOrEmpty(options.Password))
        {
            throw Twice("password", RedisSetting.Name, set ? Password : File);
        }

        options.Password = set ? OneLine(cluster.RedisPassword!, Password) : file ? Read(cluster.RedisPasswordFile!) : options.Password;
    }

    // Docker and Kubernetes make such files. Editors, and `echo`, end them with a line break that is no part of the password.
    private static string Read(string path)
    {
        if (!Path.IsPathRooted(path))
        {
            // Not quoted: it may be the password itself, in the wrong setting.
            throw new StartRefusedException($"{File} is not the absolute path of a file, for example /run/secrets/redis-password.");
        }

        string text;
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[LongestFile + 1];
            var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            text = length <= LongestFile
                ? new UTF8Encoding(false, true).GetString(bytes, 0, length)
                : throw Unusable(path, $"is longer than {LongestFile} bytes");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Unusable(path, failure switch
            {
                FileNotFoundException or DirectoryNotFoundException => "does not exist",
                UnauthorizedAccessException => "may not be read by this user, or is a folder",
                DecoderFallbackException => "is not text in UTF-8",
                _ => "cannot be read",
            });
        }

        text = text.TrimStart('\uFEFF');
        text = text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
        return text.Length == 0 ? throw Unusable(path, "is empty")
            : HasControl(text) ? throw Unusable(path, "has more than one line, or a control character")
            : text;
    }

    private static string OneLine(string text, string setting) => HasControl(text)
        ? throw new StartRefusedException(
            $"{setting} has a line break or another control character, which is surely a mistake, for example the end of a file's line. Write it without.")
        : text;

    private static bool HasControl(string text) => text.Any(char.IsControl);

    private static StartRefusedException Unusable(string path, string why) =>
        new($"{File} names the file '{path}', which {why}. The file holds the password of Redis and nothing else.");

    private static StartRefusedException Twice(string what, string one, string other) =>
        new($"{one} and {other} both have the {what} of Redis. Leave one of them out.");
}
