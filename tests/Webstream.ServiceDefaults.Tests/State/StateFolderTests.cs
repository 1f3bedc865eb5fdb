using Webstream.ServiceDefaults.State;

namespace Webstream.ServiceDefaults.Tests.State;

public sealed class StateFolderTests : IDisposable
{
    private const UnixFileMode OwnersAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("webstream-test-");

    private string Folder => Path.Combine(root.FullName, "state", "webstream");

    public void Dispose() => root.Delete(recursive: true);

    [Fact]
    public void Folder_ThatIsMade_IsForThisUserAlone_AndEmpty()
    {
        StateFolder.Make(Folder).ShouldBe(Folder);
        // Also when it is there.
        StateFolder.Make(Folder).ShouldBe(Folder);

        Directory.GetFileSystemEntries(Folder).ShouldBeEmpty();
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(Folder).ShouldBe(OwnersAlone);
        }

        Should.NotThrow(() => StateFolder.RefuseOthers(Folder));
    }

    [Fact]
    public void Folder_ThatCannotBeMade_IsRefused()
    {
        var file = Path.Combine(root.FullName, "file");
        File.WriteAllText(file, "");

        Should.Throw<IOException>(() => StateFolder.Make(Path.Combine(file, "webstream")));
        Should.Throw<IOException>(() => StateFolder.Make(file));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherWrite)]
    [InlineData(UnixFileMode.GroupWrite | UnixFileMode.OtherWrite | UnixFileMode.StickyBit)]
    public void Folder_ThatOthersMayWriteTo_IsRefused_AlsoByALink(UnixFileMode others)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "It has other rights.");
        Directory.CreateDirectory(Folder);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Folder, OwnersAlone | others);
        }

        var link = Path.Combine(root.FullName, "link");
        Directory.CreateSymbolicLink(link, Folder);

        Should.Throw<IOException>(() => StateFolder.RefuseOthers(Folder)).Message.ShouldContain($"chmod go-w {Folder}");
        Should.Throw<IOException>(() => StateFolder.RefuseOthers(link)).Message.ShouldContain($"chmod go-w {Folder}");
    }
}
