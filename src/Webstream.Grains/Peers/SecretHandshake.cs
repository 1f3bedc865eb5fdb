using System.IO.Pipelines;
using System.Security.Cryptography;

namespace Webstream.Grains.Peers;

/// <summary>
/// The two sides of a connection prove to each other that they know the secret, before the first byte of Orleans. The side that made the connection
/// proves it first: whoever only connects to silos gets nothing by which secrets could be tried out elsewhere. Messages have fixed lengths.
/// <code>
/// peer → silo   "WSC1", the port (1 byte), the peer's nonce (32)
/// silo → peer   "WSC1", a word (1 byte), the silo's nonce (32)
/// peer → silo   its proof (32)
/// silo → peer   a word (1 byte), the silo's proof (32)
/// </code>
/// </summary>
internal static class SecretHandshake
{
    private const int HelloLength = 4 + 1 + ClusterSecret.NonceLength;
    private const int VerdictLength = 1 + ClusterSecret.ProofLength;

    /// <summary>The first bytes of each side. The last one is the version.</summary>
    public static ReadOnlySpan<byte> Magic => "WSC1"u8;

    /// <summary>What a silo says.</summary>
    private enum Word : byte
    {
        GoOn = 0,
        NotTaken = 1,
        WrongPort = 2,
        WrongSecret = 3,
    }

    /// <summary>The side that made the connection.</summary>
    /// <exception cref="PeerRefusedException">The silo refuses this process, or does not know the secret itself.</exception>
    public static async Task ProveAsync(IDuplexPipe transport, ClusterSecret secret, PortKind port, CancellationToken cancellationToken)
    {
        var nonce = RandomNumberGenerator.GetBytes(ClusterSecret.NonceLength);
        await Frames.WriteAsync(transport.Output, Hello((byte)port, nonce), cancellationToken);
        var hello = await FirstAnswerAsync(transport.Input, cancellationToken);
        RefuseIf((Word)hello[Magic.Length]);

        var talk = new ClusterSecret.Talk(port, nonce, hello[(Magic.Length + 1)..]);
        await Frames.WriteAsync(transport.Output, secret.Prove(0, talk, ofSilo: false), cancellationToken);
        var verdict = await Frames.ReadAsync(transport.Input, VerdictLength, cancellationToken);
        RefuseIf((Word)verdict[0]);
        if (secret.Find(talk, ofSilo: true, verdict.AsSpan(1)) is null)
        {
            throw new PeerRefusedException(PeerFault.WrongSecret, "it does not know the cluster's secret, and nothing was sent to it");
        }
    }

    /// <summary>The side that accepted the connection.</summary>
    /// <exception cref="PeerRefusedException">The peer does not know the secret, or wants another port. It has been told.</exception>
    public static async Task CheckAsync(IDuplexPipe transport, ClusterSecret secret, PortKind port, CancellationToken cancellationToken)
    {
        var hello = await Frames.ReadAsync(transport.Input, HelloLength, cancellationToken);
        var nonce = RandomNumberGenerator.GetBytes(ClusterSecret.NonceLength);
        if (hello[Magic.Length] != (byte)port)
        {
            await Frames.WriteAsync(transport.Output, Hello((byte)Word.WrongPort, nonce), cancellationToken);
            throw new PeerRefusedException(PeerFault.WrongPort, $"it takes this for the port for {(port is PortKind.Silo ? "gateways" : "silos")}");
        }

        await Frames.WriteAsync(transport.Output, Hello((byte)Word.GoOn, nonce), cancellationToken);
        var talk = new ClusterSecret.Talk(port, hello[(Magic.Length + 1)..], nonce);
        var proof = await Frames.ReadAsync(transport.Input, ClusterSecret.ProofLength, cancellationToken);
        if (secret.Find(talk, ofSilo: false, proof) is not { } key)
        {
            await Frames.WriteAsync(transport.Output, Verdict(Word.WrongSecret, new byte[ClusterSecret.ProofLength]), cancellationToken);
            throw new PeerRefusedException(PeerFault.WrongSecret, "its secret is another one than Webstream__Cluster__Secret of this silo");
        }

        await Frames.WriteAsync(transport.Output, Verdict(Word.GoOn, secret.Prove(key, talk, ofSilo: true)), cancellationToken);
    }

    /// <summary>Tells a peer that offers to prove a secret that this silo does not take one.</summary>
    public static Task DeclineAsync(IDuplexPipe transport, CancellationToken cancellationToken) =>
        Frames.WriteAsync(transport.Output, Hello((byte)Word.NotTaken, new byte[ClusterSecret.NonceLength]), cancellationToken);

    // A silo that knows nothing of secrets takes the greeting for a wrong preamble.
    private static async Task<byte[]> FirstAnswerAsync(PipeReader input, CancellationToken cancellationToken)
    {
        byte[] hello;
        try
        {
            hello = await Frames.ReadAsync(input, HelloLength, cancellationToken);
        }
        catch (PeerRefusedException)
        {
            throw new PeerRefusedException(
                PeerFault.Ended,
                "it ended the connection, or said nothing, instead of answering. If it has no secret yet, or is of an older version, set "
                + "Webstream__Cluster__Protection=accept here until it has one");
        }

        return hello.AsSpan(0, Magic.Length).SequenceEqual(Magic)
            ? hello
            : throw new PeerRefusedException(PeerFault.Unreadable, "its answer is not that of a silo with a secret");
    }

    private static void RefuseIf(Word word)
    {
        switch (word)
        {
            case Word.GoOn:
                return;
            case Word.NotTaken:
                throw new PeerRefusedException(PeerFault.NotTaken, "it takes no secret: it has none (Webstream__Cluster__Secret), or it requires TLS");
            case Word.WrongPort:
                throw new PeerRefusedException(PeerFault.WrongPort, "this is another port of a silo than the one that was looked for");
            case Word.WrongSecret:
                throw new PeerRefusedException(PeerFault.WrongSecret, "it refuses this process's secret: its own Webstream__Cluster__Secret is another one");
            default:
                throw new PeerRefusedException(PeerFault.Unreadable, "its answer is not one that this version knows");
        }
    }

    private static byte[] Hello(byte second, byte[] nonce) => [.. Magic, second, .. nonce];

    private static byte[] Verdict(Word word, byte[] proof) => [(byte)word, .. proof];
}
