using System.IO.Pipelines;
using System.Security.Cryptography;
using Webstream.Grains.Peers;

namespace Webstream.Grains.Tests.Peers;

public sealed class SecretHandshakeTests
{
    private const string Right = "0123456789abcdef0123456789abcdef";
    private const string Wrong = "fedcba9876543210fedcba9876543210";

    private readonly PipePair pipes = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData((byte)PortKind.Silo)]
    [InlineData((byte)PortKind.Gateway)]
    public async Task BothKnowTheSecret_WhatFollowsComesThroughUnchanged(byte port)
    {
        var check = SecretHandshake.CheckAsync(pipes.Silo, new(Right), (PortKind)port, Token);
        await SecretHandshake.ProveAsync(pipes.Peer, new(Right), (PortKind)port, Token);
        await pipes.Peer.Output.WriteAsync("what follows"u8.ToArray(), Token);
        await check;
        (await Frames.ReadAsync(pipes.Silo.Input, 12, Token)).ShouldBe("what follows"u8.ToArray());
    }

    [Fact]
    public async Task AnotherSecret_IsRefusedOnBothSides_AndTheSiloProvesNothing()
    {
        var heard = new RecordingPipe(pipes.Peer);
        var check = SecretHandshake.CheckAsync(pipes.Silo, new(Right), PortKind.Silo, Token);
        (await Should.ThrowAsync<PeerRefusedException>(() => SecretHandshake.ProveAsync(heard, new(Wrong), PortKind.Silo, Token)))
            .Message.ShouldContain("refuses this process's secret");
        (await Should.ThrowAsync<PeerRefusedException>(check)).Fault.ShouldBe(PeerFault.WrongSecret);
        heard.Input.TryRead(out _).ShouldBeFalse("nothing follows the refusal");
        heard.LastRead[^ClusterSecret.ProofLength..].ShouldAllBe(one => one == 0);
    }

    [Fact]
    public async Task TheSecretFromBefore_IsTakenWhileItIsReplaced_AndAnsweredWithItself()
    {
        var check = SecretHandshake.CheckAsync(pipes.Silo, new(Right, Wrong), PortKind.Gateway, Token);
        await SecretHandshake.ProveAsync(pipes.Peer, new(Wrong), PortKind.Gateway, Token);
        await check;
    }

    [Fact]
    public async Task ASiloThatDoesNotKnowTheSecret_GetsNothingOfOrleans()
    {
        var prove = SecretHandshake.ProveAsync(pipes.Peer, new(Right), PortKind.Silo, Token);
        await Frames.ReadAsync(pipes.Silo.Input, 37, Token);
        await Frames.WriteAsync(pipes.Silo.Output, (byte[])[.. SecretHandshake.Magic, 0, .. RandomNumberGenerator.GetBytes(32)], Token);
        await Frames.ReadAsync(pipes.Silo.Input, 32, Token);
        await Frames.WriteAsync(pipes.Silo.Output, (byte[])[0, .. RandomNumberGenerator.GetBytes(32)], Token);
        (await Should.ThrowAsync<PeerRefusedException>(prove)).Message.ShouldContain("does not know the cluster's secret");
    }

    [Fact]
    public async Task ASiloThatSendsBackWhatItHeard_IsRefused()
    {
        var prove = SecretHandshake.ProveAsync(pipes.Peer, new(Right), PortKind.Silo, Token);
        var hello = await Frames.ReadAsync(pipes.Silo.Input, 37, Token);
        await Frames.WriteAsync(pipes.Silo.Output, (byte[])[.. SecretHandshake.Magic, 0, .. hello[5..]], Token);
        var proof = await Frames.ReadAsync(pipes.Silo.Input, 32, Token);
        await Frames.WriteAsync(pipes.Silo.Output, (byte[])[0, .. proof], Token);
        (await Should.ThrowAsync<PeerRefusedException>(prove)).Fault.ShouldBe(PeerFault.WrongSecret);
    }

    [Fact]
    public async Task AProofOfAnotherConnection_IsRefused()
    {
        // The one that listened to a good connection says the same again.
        var heard = new PipePair();
        var prove = SecretHandshake.ProveAsync(heard.Peer, new(Right), PortKind.Silo, Token);
        var hello = await Frames.ReadAsync(heard.Silo.Input, 37, Token);
        await Frames.WriteAsync(heard.Silo.Output, (byte[])[.. SecretHandshake.Magic, 0, .. RandomNumberGenerator.GetBytes(32)], Token);
        var proof = await Frames.ReadAsync(heard.Silo.Input, 32, Token);

        var check = SecretHandshake.CheckAsync(pipes.Silo, new(Right), PortKind.Silo, Token);
        await Frames.WriteAsync(pipes.Peer.Output, hello, Token);
        await Frames.ReadAsync(pipes.Peer.Input, 37, Token);
        await Frames.WriteAsync(pipes.Peer.Output, proof, Token);
        (await Should.ThrowAsync<PeerRefusedException>(check)).Fault.ShouldBe(PeerFault.WrongSecret);
        await heard.Silo.Output.CompleteAsync();
        await Should.ThrowAsync<PeerRefusedException>(prove);
    }

    [Fact]
    public async Task TheOtherPort_IsNamedOnBothSides()
    {
        var check = SecretHandshake.CheckAsync(pipes.Silo, new(Right), PortKind.Silo, Token);
        (await Should.ThrowAsync<PeerRefusedException>(() => SecretHandshake.ProveAsync(pipes.Peer, new(Right), PortKind.Gateway, Token)))
            .Fault.ShouldBe(PeerFault.WrongPort);
        (await Should.ThrowAsync<PeerRefusedException>(check)).Fault.ShouldBe(PeerFault.WrongPort);
    }

    [Fact]
    public async Task ASiloThatEndsTheConnection_IsSaidToBeOlder()
    {
        var prove = SecretHandshake.ProveAsync(pipes.Peer, new(Right), PortKind.Silo, Token);
        await pipes.Silo.Output.CompleteAsync();
        (await Should.ThrowAsync<PeerRefusedException>(prove)).Message.ShouldContain("Webstream__Cluster__Protection=accept");
    }

    [Fact]
    public async Task ASiloThatTakesNoSecret_SaysSo()
    {
        var prove = SecretHandshake.ProveAsync(pipes.Peer, new(Right), PortKind.Silo, Token);
        await SecretHandshake.DeclineAsync(pipes.Silo, Token);
        (await Should.ThrowAsync<PeerRefusedException>(prove)).Fault.ShouldBe(PeerFault.NotTaken);
    }

    [Fact]
    public async Task EachByteByItself_IsTheSame()
    {
        var slow = new PipePair();
        var check = SecretHandshake.CheckAsync(slow.Silo, new(Right), PortKind.Silo, Token);
        var prove = SecretHandshake.ProveAsync(pipes.Peer, new(Right), PortKind.Silo, Token);
        async Task CarryAsync(PipeReader from, PipeWriter to, int count)
        {
            for (var i = 0; i < count; i++)
            {
                await Frames.WriteAsync(to, await Frames.ReadAsync(from, 1, Token), Token);
            }
        }

        await CarryAsync(pipes.Silo.Input, slow.Peer.Output, 37);
        await CarryAsync(slow.Peer.Input, pipes.Silo.Output, 37);
        await CarryAsync(pipes.Silo.Input, slow.Peer.Output, 32);
        await CarryAsync(slow.Peer.Input, pipes.Silo.Output, 33);
        await Task.WhenAll(check, prove);
    }

    /// <summary>Remembers what was read last.</summary>
    private sealed class RecordingPipe(IDuplexPipe pipe) : PipeReader, IDuplexPipe
    {
        public byte[] LastRead { get; private set; } = [];

        public PipeReader Input => this;

        public PipeWriter Output => pipe.Output;

        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            var read = await pipe.Input.ReadAsync(cancellationToken);
            LastRead = System.Buffers.BuffersExtensions.ToArray(read.Buffer);
            return read;
        }

        public override bool TryRead(out ReadResult result) => pipe.Input.TryRead(out result);

        public override void AdvanceTo(SequencePosition consumed) => pipe.Input.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => pipe.Input.AdvanceTo(consumed, examined);

        public override void CancelPendingRead() => pipe.Input.CancelPendingRead();

        public override void Complete(Exception? exception = null) => pipe.Input.Complete(exception);
    }
}
