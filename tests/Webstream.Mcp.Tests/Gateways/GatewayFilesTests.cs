using Webstream.Mcp.Gateways;
using Webstream.Protocol;

namespace Webstream.Mcp.Tests.Gateways;

public sealed class GatewayFilesTests : IDisposable
{
    private const UnixFileMode OwnersAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("webstream-test-");

    private string Path => System.IO.Path.Combine(root.FullName, "state", "webstream");

    public void Dispose() => root.Delete(recursive: true);

    [Fact]
    public void Folder_ThatIsMade_IsForThisUserAlone_AndEmpty()
    {
        var state = new GatewayFiles(Path);

        state.Problem.ShouldBeNull();
        state.LogOf(8000).ShouldBe($"{Path}/gateway-8000.log");
        state.LockOf(8000).ShouldBe($"{Path}/gateway-8000.lock");
        Directory.GetFileSystemEntries(Path).ShouldBeEmpty();
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(Path).ShouldBe(OwnersAlone);
        }
    }

    [Theory]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherWrite)]
    [InlineData(UnixFileMode.GroupWrite | UnixFileMode.OtherWrite | UnixFileMode.StickyBit)]
    public void Folder_ThatOthersMayWriteTo_IsDoneWithout(UnixFileMode others)
    {
        Make(OwnersAlone | others);
        // The others' lock, which would get them the key.
        using var held = StartLock.TryTake(System.IO.Path.Combine(Path, "gateway-8000.lock"));

        var state = new GatewayFiles(Path);

        state.Problem.ShouldNotBeNull().ShouldContain($"chmod go-w {Path}");
        state.LogOf(8000).ShouldBeNull();
        state.LockOf(8000).ShouldBeNull();
        state.IsHeld(8000).ShouldBeFalse();
        state.IsOwn(8000).ShouldBeFalse();
        state.Ports.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(OwnersAlone)]
    [InlineData(OwnersAlone | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute)]
    public void Folder_ThatOthersMayReadAtMost_IsTaken_AlsoByALink(UnixFileMode mode)
    {
        Make(mode);
        var link = System.IO.Path.Combine(root.FullName, "link");
        Directory.CreateSymbolicLink(link, Path);

        new GatewayFiles(Path).LockOf(8000).ShouldBe($"{Path}/gateway-8000.lock");
        new GatewayFiles(link).LockOf(8000).ShouldBe($"{link}/gateway-8000.lock");
    }

    [Fact]
    public void Folder_ThatIsAFile_IsDoneWithout()
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        File.WriteAllText(Path, "");

        var state = new GatewayFiles(Path);

        state.Problem.ShouldNotBeNull();
        state.LockOf(8000).ShouldBeNull();
    }

    [Fact]
    public void Ports_AreThoseOfGatewaysThatWereStarted()
    {
        var state = new GatewayFiles(Path);
        using var held = StartLock.TryTake(state.LockOf(8000)!);
        File.WriteAllText(state.LockOf(9000)!, "");
        File.WriteAllText(System.IO.Path.Combine(Path, "gateway-x.lock"), "");
        File.WriteAllText(System.IO.Path.Combine(Path, "gateway-99999.lock"), "");
        File.WriteAllText(state.LogOf(7000)!, "");

        state.Ports.Order().ShouldBe([8000, 9000]);
        state.IsOwn(8000).ShouldBeTrue();
        state.IsOwn(9000).ShouldBeFalse();
    }

    private void Make(UnixFileMode mode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "It has other rights.");
        Directory.CreateDirectory(Path);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path, mode);
        }
    }
}
