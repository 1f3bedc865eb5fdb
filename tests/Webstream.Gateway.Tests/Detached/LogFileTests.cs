using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.Detached;

namespace Webstream.Gateway.Tests.Detached;

public sealed class LogFileTests : IDisposable
{
    private const int MaxBytes = 100;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("webstream-test-");
    private readonly FakeTimeProvider time = new();

    private string Log => Path.Combine(folder.FullName, "gateway-8000.log");

    private string Previous => LogFile.PreviousOf(Log);

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void Lines_StandInTheFileAsTheyWereWritten()
    {
        using (var log = Begun(Log))
        {
            log.WriteLine("one");
            log.Write("tw");
            log.Write('o');
            log.Write("- three\n".ToCharArray(), 1, 7);
            log.WriteLine("Größe 😀");
        }

        File.ReadAllText(Log).ShouldBe("one\ntwo three\nGröße 😀\n");
        File.Exists(Previous).ShouldBeFalse();
    }

    [Fact]
    public void File_ThatIsFull_BecomesTheOneBefore()
    {
        using (var log = Begun(Log))
        {
            for (var i = 0; i < 25; i++)
            {
                log.WriteLine($"line {i:000}.");
            }
        }

        // Each line has ten bytes, so ten fit in a file. Of the first ten nothing is left.
        File.ReadAllLines(Previous).ShouldBe(Enumerable.Range(10, 10).Select(i => $"line {i:000}."));
        File.ReadAllLines(Log).ShouldBe(Enumerable.Range(20, 5).Select(i => $"line {i:000}."));
        folder.GetFiles().Length.ShouldBe(2);
    }

    [Fact]
    public void Lines_OfAnyLength_KeepTheBound()
    {
        var random = new Random(17);
        using var log = Begun(Log);
        for (var i = 0; i < 300; i++)
        {
            log.WriteLine(new string('ä', random.Next(80)));

            new FileInfo(Log).Length.ShouldBeLessThanOrEqualTo(MaxBytes);
        }

        new FileInfo(Previous).Length.ShouldBeLessThanOrEqualTo(MaxBytes);
    }

    [Fact]
    public void File_OfAnEarlierRun_BecomesTheOneBefore()
    {
        File.WriteAllText(Log, "the earlier run\n");
        File.WriteAllText(Previous, "the one before that\n");
        using (var log = Begun(Log))
        {
            log.WriteLine("this run");
        }

        File.ReadAllText(Log).ShouldBe("this run\n");
        File.ReadAllText(Previous).ShouldBe("the earlier run\n");
    }

    [Fact]
    public void File_IsForThisUserAlone_AlsoWhenItIsBegunAnew()
    {
        using var log = Begun(Log);
        for (var i = 0; i < 12; i++)
        {
            log.WriteLine($"line {i:000}.");
        }

        // On Windows a file has the rights of its folder.
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(Log).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.GetUnixFileMode(Previous).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Link_IsNotFollowed(bool hasTarget)
    {
        var target = Path.Combine(folder.FullName, "other");
        if (hasTarget)
        {
            File.WriteAllText(target, "text");
        }

        File.CreateSymbolicLink(Log, target);

        Should.Throw<IOException>(() => Begun(Log).Dispose());
        File.Exists(target).ShouldBe(hasTarget);
    }

    [Fact]
    public void Link_InPlaceOfTheOneBefore_IsReplacedAndItsTargetIsNot()
    {
        var target = Path.Combine(folder.FullName, "other");
        File.WriteAllText(target, "text");
        File.CreateSymbolicLink(Previous, target);
        File.WriteAllText(Log, "the earlier run\n");

        Begun(Log).Dispose();

        File.ReadAllText(target).ShouldBe("text");
        new FileInfo(Previous).LinkTarget.ShouldBeNull();
        File.ReadAllText(Previous).ShouldBe("the earlier run\n");
    }

    [Fact]
    public void Device_StaysWhereItIs()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "It has /dev/null and /dev/full.");
        using var log = Begun("/dev/null");
        for (var i = 0; i < 50; i++)
        {
            log.WriteLine($"line {i:000}.");
        }

        File.Exists(LogFile.PreviousOf("/dev/null")).ShouldBeFalse();
        File.Exists("/dev/null").ShouldBeTrue();
    }

    [Fact]
    public void Disk_ThatIsFull_IsNobodysFailure()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "It has /dev/null and /dev/full.");
        using var log = Begun("/dev/full");

        for (var i = 0; i < 50; i++)
        {
            log.WriteLine($"line {i:000}.");
            time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public void Lines_ThatCouldNotBeWritten_AreCountedOnceTheyCan()
    {
        using var log = Begun(Log);
        log.WriteLine(new string('a', 90));
        // The next line does not fit in this file, and another file cannot be begun because a folder is in the way.
        Directory.CreateDirectory(Path.Combine(Previous, "in the way"));
        log.WriteLine(new string('b', 90));
        log.WriteLine("c");
        Directory.Delete(Previous, recursive: true);
        log.WriteLine("d");

        File.ReadAllText(Log).ShouldBe(new string('a', 90) + "\n");
        time.Advance(TimeSpan.FromSeconds(1));
        log.WriteLine("e");

        File.ReadAllText(Log).ShouldBe("3 lines of this log could not be written.\ne\n");
        File.ReadAllText(Previous).ShouldBe(new string('a', 90) + "\n");
        log.WriteLine("f");
        File.ReadAllLines(Log)[^1].ShouldBe("f");
    }

    [Fact]
    public void File_ThatSomebodyDeleted_IsBegunAnewWhenItIsFull()
    {
        using var log = Begun(Log);
        log.WriteLine("a");
        File.Delete(Log);
        log.WriteLine(new string('b', 90));
        log.WriteLine(new string('c', 90));

        File.ReadAllText(Log).ShouldBe(new string('c', 90) + "\n");
    }

    private LogFile Begun(string path)
    {
        var log = new LogFile(path, MaxBytes, time);
        log.Begin();
        return log;
    }
}
