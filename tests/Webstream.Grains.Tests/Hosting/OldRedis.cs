using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Webstream.Grains.Tests.Hosting;

/// <summary>
/// A Redis of another version, as far as a start asks it. It tests only the refusal of old versions, which are not available everywhere. It answers
/// the commands that a connection needs and tells its version. It does not know any other command, like a version from before that command.
/// </summary>
internal sealed class OldRedis : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly string? version;
    private readonly Task accepting;

    /// <param name="version">The version that INFO tells; none: INFO is not allowed.</param>
    public OldRedis(string? version)
    {
        this.version = version;
        listener.Start();
        accepting = AcceptAsync();
    }

    public string Address => $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    public async ValueTask DisposeAsync()
    {
        listener.Dispose();
        await accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await listener.AcceptSocketAsync());
            }
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        try
        {
            await using var stream = new NetworkStream(client, ownsSocket: true);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            while (await ReadAsync(reader) is { } command)
            {
                await stream.WriteAsync(Encoding.Latin1.GetBytes(Answer(command)));
            }
        }
        catch (IOException)
        {
            // The client has gone.
        }
    }

    // The request is *2 $4 ECHO $2 hi, each on a line of its own.
    private static async Task<string[]?> ReadAsync(StreamReader reader)
    {
        if (await reader.ReadLineAsync() is not ['*', .. var count])
        {
            return null;
        }

        var words = new string[int.Parse(count, CultureInfo.InvariantCulture)];
        for (var i = 0; i < words.Length; i++)
        {
            var text = new char[int.Parse((await reader.ReadLineAsync())![1..], CultureInfo.InvariantCulture)];
            await reader.ReadBlockAsync(text);
            await reader.ReadLineAsync();
            words[i] = new(text);
        }

        return words;
    }

    private string Answer(string[] command) => command[0].ToUpperInvariant() switch
    {
        "ECHO" => $"${command[1].Length}\r\n{command[1]}\r\n",
        "PING" => "+PONG\r\n",
        "CLIENT" or "SELECT" => "+OK\r\n",
        "INFO" when version is not null => Bulk($"# Server\r\nredis_version:{version}\r\nrole:master\r\n"),
        "EVAL" or "EVALSHA" or "SCRIPT" when command[^1].StartsWith("#!", StringComparison.Ordinal) || command[0] != "SCRIPT" =>
            "-ERR Error compiling script (new function): user_script:1: unexpected symbol near '#' \r\n",
        _ when version is null => "+OK\r\n",
        _ => $"-ERR unknown command `{command[0]}`, with args beginning with: \r\n",
    };

    private static string Bulk(string text) => $"${text.Length}\r\n{text}\r\n";
}
