using Webstream.Grains.Hosting;

namespace Webstream.Grains.Tests.Hosting;

public sealed class OpenFilesTests
{
    [Theory]
    [InlineData("Max open files            1024                 524288               files     ", 1024)]
    [InlineData("Max open files            unlimited            unlimited            files     ", null)]
    [InlineData("Max open files            9223372036854775807  9223372036854775807  files     ", null)]
    [InlineData("Max processes             1024                 1024                 processes ", null)]
    public void Limit_InTheSystemsWords_IsTheSoftOne(string line, int? limit) =>
        OpenFiles.LimitIn(["Limit                     Soft Limit           Hard Limit           Units     ", line]).ShouldBe(limit);

    [Fact]
    public void Count_WithOneMoreFile_IsOneMore()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere it is not known.");
        // Other tests open and close files meanwhile.
        var files = Enumerable.Range(0, 500).Select(_ => File.OpenHandle("/dev/null")).ToList();
        var with = OpenFiles.Count();
        files.ForEach(file => file.Dispose());

        with.ShouldBeGreaterThan(500);
        OpenFiles.Count().ShouldBeLessThan(with - 250);
        OpenFiles.Limit.ShouldNotBe(0);
    }
}
