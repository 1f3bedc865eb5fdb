namespace Webstream.Silo.Tests.Hosting;

/// <summary>Starts of the silo process that must not succeed.</summary>
public sealed class SiloStartTests
{
    [Theory]
    [InlineData("Webstream__Stream__PollPeriode", "00:00:01", "Webstream__Stream__PollPeriode is not a setting. There are Webstream__Stream__PollPeriod.")]
    [InlineData("Webstream__Hub__Lingers", "00:00:15", "Webstream__Hub__Lingers is not a setting. There are Webstream__Hub__HoleGrace, Webstream__Hub__Linger.")]
    [InlineData("Webstream__Log__MaxStreams", "abc", "Webstream__Log__MaxStreams is a number from 1 to 10000000, for example 10000.")]
    [InlineData("Webstream__Log__MaxStreams", "0", "Webstream__Log__MaxStreams is a number from 1 to 10000000, for example 10000.")]
    [InlineData("Webstream__Cluster__SiloPort", "many", "Webstream__Cluster__SiloPort is a port from 1 to 65535, for example 11111, or 0 for a free one.")]
    [InlineData("Webstream__Console__Format", "xml", "Webstream__Console__Format is text, a line for people, or json, a JSON object in each line.")]
    [InlineData("Webstream__Presence__Lease", "00:00:01", "Webstream__Presence__Lease is at least twice Webstream__Presence__ReportInterval, or live gateways would be forgotten.")]
    public async Task Setting_ThatIsWrong_IsOneLineThatSaysWhatToWrite(string name, string value, string error)
    {
        var silo = await ProgramRun.OfAsync(
            [.. Programs.Silo, "--urls", "http://127.0.0.1:0"],
            [("Webstream__Cluster__SiloPort", "0"), ("Webstream__Cluster__GatewayPort", "0"), (name, value)]);

        silo.ExitCode.ShouldBe(1);
        silo.Errors.ShouldBe($"webstream-silo: {error}");
        silo.Output.ShouldBeEmpty();
    }
}
