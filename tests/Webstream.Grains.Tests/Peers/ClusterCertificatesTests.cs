using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Webstream.Grains.Peers;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Grains.Tests.Peers;

public sealed class ClusterCertificatesTests : IDisposable
{
    private readonly TestAuthority authority = new();
    private readonly TestAuthority other = new("another authority");
    private readonly FakeTimeProvider time = new();
    private readonly FakeLogger log = new();

    [Fact]
    public void AChangedFile_CountsFromTheNextLookOn()
    {
        var file = authority.Issue("old");
        var certificates = Read(file, authority);
        Name(certificates).ShouldBe("CN=old");
        Replace(file, authority.Issue("new"));
        Name(certificates).ShouldBe("CN=old", "the files were looked at just now");
        time.Advance(TimeSpan.FromSeconds(2));
        Name(certificates).ShouldBe("CN=new");
        log.LatestRecord.Level.ShouldBe(LogLevel.Information);
    }

    [Fact]
    public void AChangedFileThatCannotBeUsed_ChangesNothing_AndIsSaidOnce()
    {
        var file = authority.Issue("old");
        var certificates = Read(file, authority);
        // The key comes a moment after the certificate.
        var next = authority.Issue("new");
        Copy(next.Path, file.Path);
        for (var i = 0; i < 3; i++)
        {
            time.Advance(TimeSpan.FromSeconds(2));
            Name(certificates).ShouldBe("CN=old");
        }

        log.Collector.Count.ShouldBe(1);
        log.LatestRecord.Level.ShouldBe(LogLevel.Error);
        Copy(next.KeyPath, file.KeyPath);
        time.Advance(TimeSpan.FromSeconds(2));
        Name(certificates).ShouldBe("CN=new");
    }

    [Fact]
    public void ACertificateThatTheClusterWouldRefuse_RefusesTheStart()
    {
        Refusal(authority.IssueExpired(), authority).ShouldContain("expired");
        Refusal(other.Issue(), authority).ShouldContain("was not issued by an authority of Webstream__Cluster__Ca");
        Refusal(authority.Issue(asClient: false), authority).ShouldContain("serverAuth and clientAuth");
    }

    [Fact]
    public void FilesThatCannotBeRead_AreNamedWithTheirSetting()
    {
        var file = authority.Issue();
        Refusal(file with { Path = "/nowhere/x.pem" }, authority)
            .ShouldStartWith("Webstream__Cluster__Certificate names the file '/nowhere/x.pem', which does not exist");
        Refusal(file with { Path = "x.pem" }, authority).ShouldStartWith("Webstream__Cluster__Certificate is not the absolute path");
        Refusal(file with { Path = file.KeyPath }, authority).ShouldContain("no certificate in PEM");
        Refusal(file with { KeyPath = other.Issue().KeyPath }, authority).ShouldStartWith("Webstream__Cluster__Key");
        Refusal(file with { KeyPath = file.Path }, authority).ShouldStartWith("Webstream__Cluster__Key");
    }

    public void Dispose()
    {
        authority.Dispose();
        other.Dispose();
    }

    private static string Refusal(CertificateFile file, TestAuthority authority) =>
        Should.Throw<StartRefusedException>(() => Read(file, authority)).Message;

    private static ClusterCertificates Read(CertificateFile file, TestAuthority authority) => new(
        new("Webstream__Cluster__Certificate", file.Path), new("Webstream__Cluster__Key", file.KeyPath), new("Webstream__Cluster__Ca", authority.CaFile));

    private static void Replace(CertificateFile file, CertificateFile by)
    {
        Copy(by.Path, file.Path);
        Copy(by.KeyPath, file.KeyPath);
    }

    // A copy has the time of its source, and the clock of a file moves on every few milliseconds only: two files of a test may have the same.
    private static void Copy(string from, string to)
    {
        var before = File.GetLastWriteTimeUtc(to);
        File.Copy(from, to, overwrite: true);
        File.SetLastWriteTimeUtc(to, before.AddSeconds(1));
    }

    private string Name(ClusterCertificates certificates) => certificates.Current(time, log).Own.Subject;
}
