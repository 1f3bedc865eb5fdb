using System.Runtime.InteropServices;
using System.Text;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>A listener that sees every block of an event stream as it is on the wire.</summary>
internal sealed class BlockListener : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient client = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly List<byte> pending = [];
    private Stream body = Stream.Null;

    /// <summary>The block with which the response begins.</summary>
    public string Opening { get; private set; } = "";

    /// <summary>The block of <c>Connected at</c>.</summary>
    public string Connected { get; private set; } = "";

    public static async Task<BlockListener> ConnectAsync(Uri address)
    {
        var listener = new BlockListener();
        listener.body = await listener.client.GetStreamAsync(address).WaitAsync(Patience);
        listener.Opening = await listener.NextBlockAsync();
        listener.Connected = await listener.NextBlockAsync();
        return listener;
    }

    /// <summary>The bytes up to the next blank line, as text and without that line. Only LF ends a line here.</summary>
    public async Task<string> NextBlockAsync()
    {
        int end;
        while ((end = CollectionsMarshal.AsSpan(pending).IndexOf("\n\n"u8)) < 0)
        {
            var buffer = new byte[64 * 1024];
            var read = await body.ReadAsync(buffer).AsTask().WaitAsync(Patience);
            read.ShouldBePositive("the stream ended");
            pending.AddRange(buffer.AsSpan(0, read));
        }

        var block = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(CollectionsMarshal.AsSpan(pending)[..end]);
        pending.RemoveRange(0, end + 2);
        return block;
    }

    /// <summary>Everything up to the end of the answer, which must come properly, with the last chunk.</summary>
    public async Task<string> RestAsync()
    {
        var rest = new MemoryStream();
        rest.Write(CollectionsMarshal.AsSpan(pending));
        await body.CopyToAsync(rest).WaitAsync(Patience);
        return Encoding.UTF8.GetString(rest.ToArray());
    }

    public void Dispose() => client.Dispose();
}
