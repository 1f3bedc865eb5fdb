using Webstream.Protocol;

namespace Webstream.Protocol.Tests.Starting;

public sealed class StartLockTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("webstream-test-");

    private string Lock => Path.Combine(folder.FullName, "gateway-8000.lock");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void Lock_ThatIsTaken_IsHeldUntilItIsGivenUp()
    {
        StartLock.IsHeld(Lock).ShouldBeFalse();
        File.Exists(Lock).ShouldBeFalse();
        using (StartLock.TryTake(Lock).ShouldNotBeNull())
        {
            StartLock.IsHeld(Lock).ShouldBeTrue();
            StartLock.TryTake(Lock).ShouldBeNull();
        }

        StartLock.IsHeld(Lock).ShouldBeFalse();
        using var again = StartLock.TryTake(Lock).ShouldNotBeNull();
    }

    [Fact]
    public void Lock_ThatNobodyHolds_IsNotHeldForThoseWhoLookAtOnce()
    {
        StartLock.TryTake(Lock)!.Dispose();

        // A server that found the lock held would send the key to whatever program is on the port.
        var looks = ParallelEnumerable.Range(0, 2000).WithDegreeOfParallelism(4).Select(_ => StartLock.IsHeld(Lock)).ToArray();

        looks.ShouldAllBe(held => !held);
    }

    [Fact]
    public void Lock_IsForThisUserAlone()
    {
        using var held = StartLock.TryTake(Lock);

        // On Windows a file has the rights of its folder.
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(Lock).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Lock_ThatIsALink_IsNotFollowed(bool hasTarget)
    {
        var target = Path.Combine(folder.FullName, "other");
        if (hasTarget)
        {
            File.WriteAllText(target, "text");
        }

        File.CreateSymbolicLink(Lock, target);

        Should.Throw<IOException>(() => StartLock.TryTake(Lock)).Message.ShouldContain("is a link");
        StartLock.IsHeld(Lock).ShouldBeFalse();
        File.Exists(target).ShouldBe(hasTarget);
    }

    [Fact]
    public void Lock_ThatIsALinkToOneThatIsHeld_IsNotHeld()
    {
        var target = Path.Combine(folder.FullName, "other.lock");
        using var held = StartLock.TryTake(target);
        File.CreateSymbolicLink(Lock, target);

        StartLock.IsHeld(Lock).ShouldBeFalse();
    }

    [Fact]
    public void Lock_WhereNoneCanBe_IsNotHeld()
    {
        StartLock.IsHeld(folder.FullName).ShouldBeFalse();
        StartLock.IsHeld(Path.Combine(folder.FullName, "none", "lock")).ShouldBeFalse();
        Should.Throw<DirectoryNotFoundException>(() => StartLock.TryTake(Path.Combine(folder.FullName, "none", "lock")));
        Should.Throw<UnauthorizedAccessException>(() => StartLock.TryTake(folder.FullName));
    }
}
