using System.Globalization;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>A control group of the system. Its processes together may use a limited amount of memory, as a container's processes may.</summary>
internal sealed class ControlGroup : IDisposable
{
    private readonly string folder;

    private ControlGroup(string folder) => this.folder = folder;

    /// <summary>The command with which a shell starts a program in the group; the program and its arguments follow.</summary>
    public string[] Begin => ["/bin/sh", "-c", "echo $$ > \"$0\" && exec \"$@\"", Path.Combine(folder, "cgroup.procs")];

    /// <summary>Makes a group, or skips the test where that is not possible.</summary>
    public static ControlGroup Required(long bytes)
    {
        var name = $"webstream-test-{Guid.NewGuid():N}";
        (string Root, string Limit)[] kinds = [("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")];
        foreach (var (root, limit) in kinds)
        {
            var group = new ControlGroup(Path.Combine(root, name));
            try
            {
                if (Directory.Exists(root))
                {
                    Directory.CreateDirectory(group.folder);
                    File.WriteAllText(Path.Combine(group.folder, limit), bytes.ToString(CultureInfo.InvariantCulture));
                    return group;
                }
            }
            catch (Exception denied) when (denied is IOException or UnauthorizedAccessException)
            {
                group.Dispose();
            }
        }

        // This needs root, which not every continuous integration has.
        Assert.Skip("No control group with a memory limit can be made here");
        return null!;
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(folder);
        }
        catch (Exception busy) when (busy is IOException or UnauthorizedAccessException)
        {
            // This does no harm: the group is empty, or was never made.
        }
    }
}
