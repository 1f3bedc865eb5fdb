using Webstream.Grains.Peers;

namespace Webstream.Grains.Tests.Peers;

public sealed class FirstBytesTests
{
    [Theory]
    [InlineData("57534331", nameof(PeerKind.Secret))]
    [InlineData("16030100", nameof(PeerKind.Tls))]
    [InlineData("16030302", nameof(PeerKind.Tls))]
    [InlineData("01000000", nameof(PeerKind.Plain))]
    [InlineData("00040000", nameof(PeerKind.Plain))]
    // A preamble of 790 bytes begins like TLS, and no version of TLS is 3.0 any more.
    [InlineData("16030000", nameof(PeerKind.Plain))]
    [InlineData("01040000", null)]
    [InlineData("00000000", null)]
    [InlineData("ffffffff", null)]
    [InlineData("57534332", null)]
    [InlineData("47455420", null)]
    [InlineData("5353482d", null)]
    public void Recognize_KnowsEachBeginningAndNoOther(string bytes, string? kind) =>
        (FirstBytes.Recognize(Convert.FromHexString(bytes)) is { } found ? found.ToString() : null).ShouldBe(kind);

    [Fact]
    public async Task Peek_InPieces_LeavesEverythingToTheNextReader()
    {
        var pipes = new PipePair();
        var token = TestContext.Current.CancellationToken;
        var peek = Frames.PeekAsync(pipes.Silo.Input, 4, token);
        await pipes.Peer.Output.WriteAsync(new byte[] { 1, 2, 3 }, token);
        peek.IsCompleted.ShouldBeFalse();
        await pipes.Peer.Output.WriteAsync(new byte[] { 4, 5 }, token);
        (await peek).ShouldBe([1, 2, 3, 4]);
        (await Frames.PeekAsync(pipes.Silo.Input, 5, token)).ShouldBe([1, 2, 3, 4, 5]);
        // As Orleans does: it asks once, and gets what is there.
        var read = await pipes.Silo.Input.ReadAsync(token);
        read.Buffer.Length.ShouldBe(5);
        pipes.Silo.Input.AdvanceTo(read.Buffer.End);
    }
}
