using Microsoft.Extensions.Configuration;
using Webstream.Grains.Hosting;
using Webstream.Protocol;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Grains.Tests.Hosting;

public sealed class HistoryPlaceTests : IDisposable
{
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("webstream-test-");

    private string Folder => Path.Combine(root.FullName, "state");

    public void Dispose() => root.Delete(recursive: true);

    [Fact]
    public void Folder_ThatWasChosen_HasAFileThatIsNamedAfterThePort()
    {
        Find(Folder, "gateway-8000").ShouldBe(new HistoryPlace(Path.Combine(Folder, "gateway-8000.db")));
        Find(Folder, "silo-11111", ("Store", "disk")).Text.ShouldBe($"on disk: {Folder}/silo-11111.db");
        // Nothing but the folder is there before the history is opened.
        Directory.GetFileSystemEntries(Folder).ShouldBeEmpty();
    }

    [Fact]
    public void Memory_ThatWasChosen_TouchesNoFolder()
    {
        Find(Folder, "gateway-8000", ("Store", "Memory")).ShouldBe(HistoryPlace.InMemory);

        Directory.Exists(Folder).ShouldBeFalse();
        HistoryPlace.InMemory.Text.ShouldBe("in memory: it ends with this process");
    }

    [Fact]
    public void Port_ThatTheSystemChooses_IsMemory_WithALine() =>
        Find(Folder, name: null).Text.ShouldBe(
            "in memory: it ends with this process (the port is another one at each start, so no file is named after it. Webstream__Log__Path names one)");

    [Fact]
    public void Path_OfAFile_CountsAlsoWithoutAPort_AndItsFolderIsMade()
    {
        var path = Path.Combine(Folder, "a", "own.db");

        Find(null, name: null, ("Path", path)).ShouldBe(new HistoryPlace(path));

        Directory.Exists(Path.GetDirectoryName(path)).ShouldBeTrue();
    }

    [Theory]
    [InlineData("gateway-8000", "Store", "disc", "Webstream__Log__Store is disk or memory. Leave it out for disk where the state folder can be written.")]
    [InlineData("gateway-8000", "Store", "7", "Webstream__Log__Store is disk or memory. Leave it out for disk where the state folder can be written.")]
    [InlineData("gateway-8000", "Sync", "never", "Webstream__Log__Sync is always or everysec.")]
    [InlineData(null, "Store", "disk", "Webstream__Log__Store=disk names the file after the port, and the port is another one at each start. Name the file with Webstream__Log__Path, or choose a port.")]
    public void Setting_ThatIsWrong_IsRefused(string? name, string setting, string value, string says) =>
        Should.Throw<StartRefusedException>(() => Find(Folder, name, (setting, value))).Message.ShouldBe(says);

    [Fact]
    public void Path_BesideMemory_AndAFolderForAFile_AreRefused()
    {
        Should.Throw<StartRefusedException>(() => Find(null, null, ("Store", "memory"), ("Path", Path.Combine(Folder, "own.db"))))
            .Message.ShouldBe("Webstream__Log__Path names a file for the history, and Webstream__Log__Store=memory wants none. Leave one of them out.");
        Should.Throw<StartRefusedException>(() => Find(null, null, ("Path", root.FullName)))
            .Message.ShouldBe($"Webstream__Log__Path is a file, for example {root.FullName}/webstream.db. {root.FullName} is a folder.");
        Should.Throw<StartRefusedException>(() => Find("${STATE}", "gateway-8000")).Message.ShouldStartWith("WEBSTREAM_STATE_DIR holds a placeholder");
    }

    [Fact]
    public void Place_ThatWasChosenAndCannotBeWritten_RefusesTheStart()
    {
        var file = Path.Combine(root.FullName, "file");
        File.WriteAllText(file, "");

        Should.Throw<StartRefusedException>(() => Find(file, "gateway-8000")).Message.ShouldSatisfyAllConditions(
            text => text.ShouldStartWith($"The history cannot be written to {file}/gateway-8000.db: "),
            text => text.ShouldEndWith("Webstream__Log__Path names a file of its own, and Webstream__Log__Store=memory does without one."));
        Should.Throw<StartRefusedException>(() => Find(null, null, ("Path", $"{file}/own.db"))).Code.ShouldBe(ExitCode.Refused);
    }

    // The places that nobody chose: the variables of this process say where they are, so the tests of the programs cover a folder that is not writable.
    [Theory]
    [InlineData("nfs")]
    [InlineData("v9fs")]
    [InlineData("fuse")]
    public void FileSystem_OfAnotherMachine_IsForFoldersThatWereChosen(string type)
    {
        HistoryPlace.Find(Settings(), Folder, "gateway-8000", _ => type).Path.ShouldNotBeNull();
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The usual place is another variable's there.");

        var usual = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        Environment.SetEnvironmentVariable("XDG_STATE_HOME", root.FullName);
        try
        {
            HistoryPlace.Find(Settings(), "", "gateway-8000", _ => type).Reason.ShouldBe(
                $"{root.FullName}/webstream is not on a disk of this machine ({type}). To use it all the same, set Webstream__Log__Store=disk");
            HistoryPlace.Find(Settings(("Store", "disk")), "", "gateway-8000", _ => type).Path.ShouldBe($"{root.FullName}/webstream/gateway-8000.db");
            HistoryPlace.Find(Settings(), "", "gateway-8000", _ => "ext2").Path.ShouldBe($"{root.FullName}/webstream/gateway-8000.db");
        }
        finally
        {
            Environment.SetEnvironmentVariable("XDG_STATE_HOME", usual);
        }
    }

    [Fact]
    public void Redis_BesideAFile_IsRefused()
    {
        Should.Throw<StartRefusedException>(() => HistoryPlace.RefuseBesideRedis(Settings(("Store", "disk"))))
            .Message.ShouldBe("With Webstream__Cluster__Redis the history is in Redis. Leave out Webstream__Log__Store=disk and Webstream__Log__Path, or Webstream__Cluster__Redis.");
        Should.NotThrow(() => HistoryPlace.RefuseBesideRedis(Settings(("Store", "memory"))));
    }

    [Fact]
    public void Link_InPlaceOfTheFile_IsRefused()
    {
        Directory.CreateDirectory(Folder);
        File.CreateSymbolicLink(Path.Combine(Folder, "gateway-8000.db"), Path.Combine(root.FullName, "elsewhere"));

        Should.Throw<StartRefusedException>(() => Find(Folder, "gateway-8000")).Message.ShouldContain("is a link to");
    }

    private static HistoryPlace Find(string? folder, string? name, params (string Name, string Value)[] log) => HistoryPlace.Find(Settings(log), folder, name);

    private static IConfiguration Settings(params (string Name, string Value)[] log) => new ConfigurationBuilder()
        .AddInMemoryCollection(log.Select(setting => KeyValuePair.Create($"Webstream:Log:{setting.Name}", (string?)setting.Value)))
        .Build()
        .GetSection("Webstream");
}
