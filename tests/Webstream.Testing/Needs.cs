using Xunit;

namespace Webstream.Testing;

/// <summary>
/// Programs of the machine that a test needs. Where one is missing, the test is skipped and says so. In continuous integration they are installed
/// beforehand. A skipped test would hide a gap there, so the test fails instead.
/// </summary>
public static class Needs
{
    private static readonly bool MustBeThere = Environment.GetEnvironmentVariable("CI") is "true" or "1";

    /// <summary>The path of a program.</summary>
    /// <param name="package">What to install to have it.</param>
    /// <param name="names">The names of the program, the preferred one first.</param>
    public static string Program(string package, params string[] names)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        if (names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(System.IO.File.Exists) is { } found)
        {
            return found;
        }

        Missing($"{names[0]} is not installed (package {package})");
        return "";
    }

    /// <summary>The path of a file.</summary>
    /// <param name="package">What to install to have it.</param>
    /// <param name="paths">Where it may be; one folder of a path may be <c>*</c>.</param>
    public static string File(string package, params string[] paths)
    {
        var found = paths.SelectMany(path => path.Split("/*/", 2) is [var folder, var rest]
            ? (Directory.Exists(folder) ? Directory.GetDirectories(folder) : []).Select(one => Path.Combine(one, rest))
            : [path]).FirstOrDefault(System.IO.File.Exists);
        if (found is null)
        {
            Missing($"{Path.GetFileName(paths[0])} is not installed (package {package})");
        }

        return found ?? "";
    }

    /// <summary>Ends the test, because something that it needs is missing.</summary>
    public static void Missing(string reason)
    {
        if (MustBeThere)
        {
            Assert.Fail($"{reason}; with CI=true that is a failure");
        }

        Assert.Skip(reason);
    }
}
