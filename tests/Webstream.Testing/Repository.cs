namespace Webstream.Testing;

/// <summary>The checkout that these tests run from.</summary>
public static class Repository
{
    /// <summary>Its folder.</summary>
    public static string Root { get; } = Find();

    /// <summary>The folder with a project's built programs: for the same framework and in the same configuration as these tests.</summary>
    public static string Built(string project)
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(Root, "src", project, "bin", here.Parent!.Name, here.Name);
    }

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "WebstreamMcp.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("These tests run from within the repository.");
        }

        return folder.FullName;
    }
}
