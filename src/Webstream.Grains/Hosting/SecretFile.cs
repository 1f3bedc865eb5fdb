using System.Text;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Grains.Hosting;

/// <summary>
/// A file that holds a secret, as Docker and Kubernetes make them. Editors, and <c>echo</c>, end it with a line break that is no part of the secret. No
/// message of this class quotes its content.
/// </summary>
/// <param name="setting">The setting that names the file.</param>
/// <param name="content">What the file holds, for example "the password of Redis".</param>
public sealed class SecretFile(string setting, string content)
{
    private const int LongestFile = 64 * 1024;

    /// <summary>The one line of the file.</summary>
    /// <exception cref="StartRefusedException">It cannot be read, or has something else.</exception>
    public string ReadLine(string path) => ReadLines(path) is [var line] ? line : throw Unusable(path, "has more than one line, or a control character");

    /// <summary>The lines of the file, at least one, each without control characters.</summary>
    /// <exception cref="StartRefusedException">It cannot be read, or has something else.</exception>
    public string[] ReadLines(string path)
    {
        var text = Read(path);
        text = text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
        var lines = text.Split('\n').Select(line => line.EndsWith('\r') ? line[..^1] : line).ToArray();
        return text.Length == 0 ? throw Unusable(path, "is empty")
            : lines.Any(line => line.Any(char.IsControl)) ? throw Unusable(path, "has more than one line, or a control character")
            : lines;
    }

    /// <summary>The refusal of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="why">What is wrong with it: a relative clause without its first word.</param>
    public StartRefusedException Unusable(string path, string why) =>
        new($"{setting} names the file '{path}', which {why}. The file holds {content} and nothing else.");

    private string Read(string path)
    {
        if (!Path.IsPathRooted(path))
        {
            // Not quoted: it may be the secret itself, in the wrong setting.
            throw new StartRefusedException($"{setting} is not the absolute path of a file, for example /run/secrets/redis-password.");
        }

        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[LongestFile + 1];
            var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return length <= LongestFile
                ? new UTF8Encoding(false, true).GetString(bytes, 0, length).TrimStart('\uFEFF')
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
    }
}
