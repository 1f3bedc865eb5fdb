using Webstream.Grains.Hosting;
using Webstream.Grains.Peers;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Grains.Tests.Peers;

public sealed class ClusterProtectionTests : IDisposable
{
    private const string Secret = "0123456789abcdef0123456789abcdef";

    private readonly TestAuthority authority = new();
    private readonly string folder = Directory.CreateTempSubdirectory("webstream-secret-").FullName;

    /// <summary>What a process speaks, and what a silo takes, in each stage; from each stage to the next, everybody understands each other.</summary>
    [Theory]
    [InlineData(false, false, "Require", "Plain", "Plain")]
    [InlineData(true, false, "Accept", "Plain", "Plain Secret")]
    [InlineData(true, false, "Use", "Secret", "Plain Secret")]
    [InlineData(true, false, "Require", "Secret", "Secret")]
    [InlineData(false, true, "Accept", "Plain", "Plain Tls")]
    [InlineData(false, true, "Use", "Tls", "Plain Tls")]
    [InlineData(false, true, "Require", "Tls", "Tls")]
    [InlineData(true, true, "Accept", "Secret", "Secret Tls")]
    [InlineData(true, true, "Use", "Tls", "Secret Tls")]
    [InlineData(true, true, "Require", "Tls", "Tls")]
    public void Stages_SayWhatIsSpokenAndTaken(bool secret, bool tls, string stage, string spoken, string taken)
    {
        var file = authority.Issue();
        var protection = ClusterProtectionSetting.Read(new()
        {
            Secret = secret ? Secret : null,
            Certificate = tls ? file.Path : null,
            Key = tls ? file.KeyPath : null,
            Ca = tls ? authority.CaFile : null,
            Protection = Enum.Parse<ProtectionStage>(stage),
        });
        protection.Spoken.ToString().ShouldBe(spoken);
        string.Join(' ', Enum.GetValues<PeerKind>().Where(protection.Takes)).ShouldBe(taken);
    }

    [Fact]
    public void AStageWithoutAnythingToChangeTo_IsRefused() =>
        Refusal(new() { Protection = ProtectionStage.Accept }).ShouldStartWith("Webstream__Cluster__Protection=accept needs Webstream__Cluster__Secret");

    [Fact]
    public void APartOfTheFiles_IsRefused() =>
        Refusal(new() { Certificate = "/x.pem" }).ShouldContain("belong together");

    [Theory]
    [InlineData("tooweak", "shorter than 32 characters")]
    [InlineData("0123456789abcdef 0123456789abcdef", "a blank")]
    [InlineData("${WEBSTREAM_CLUSTER_SECRET_OF_THIS}", "placeholder")]
    public void ASecretThatIsNone_IsRefusedWithoutBeingShown(string secret, string why)
    {
        var refusal = Refusal(new() { Secret = secret });
        refusal.ShouldContain(why);
        refusal.ShouldNotContain(secret);
    }

    [Fact]
    public void AFile_MayHaveTheSecretFromBeforeInItsSecondLine()
    {
        ClusterProtectionSetting.Read(new() { SecretFile = File($"{Secret}\n") }).Secret!.Count.ShouldBe(1);
        ClusterProtectionSetting.Read(new() { SecretFile = File($"{Secret}\r\n{Secret}0\r\n") }).Secret!.Count.ShouldBe(2);
        Refusal(new() { SecretFile = File($"{Secret}\n{Secret}\n{Secret}") }).ShouldContain("more than 2 lines");
        Refusal(new() { SecretFile = File($"{Secret}\nshort") }).ShouldContain("shorter than 32");
        Refusal(new() { SecretFile = File("") }).ShouldContain("is empty");
        Refusal(new() { SecretFile = Secret }).ShouldNotContain(Secret);
        Refusal(new() { SecretFile = File(Secret), Secret = Secret }).ShouldContain("Leave one of them out");
    }

    public void Dispose()
    {
        authority.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static string Refusal(WebstreamClusterOptions cluster) => Should.Throw<StartRefusedException>(() => ClusterProtectionSetting.Read(cluster)).Message;

    private string File(string content)
    {
        var path = Path.Combine(folder, "secret");
        System.IO.File.WriteAllText(path, content);
        return path;
    }
}
