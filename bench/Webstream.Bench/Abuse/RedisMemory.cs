using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Webstream.Bench.Abuse;

/// <summary>The memory figures of a Redis on this machine.</summary>
internal sealed class RedisMemory(string address)
{
    /// <summary>The bytes that it uses and may use; a limit of 0 means no limit.</summary>
    public (long Used, long Limit) Read()
    {
        var parts = address.Split(':');
        var host = Target.ParseLoopback(parts[0], "--redis");
        if (parts.Length != 2 || !ushort.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            throw new UsageException($"--redis {address}: expected something like 127.0.0.1:6379");
        }

        try
        {
            using var client = new TcpClient(host.ToString(), port);
            using var stream = client.GetStream();
            stream.ReadTimeout = 10_000;
            stream.Write("INFO memory\r\nQUIT\r\n"u8);
            using var reader = new StreamReader(stream, Encoding.ASCII);
            var text = reader.ReadToEnd();
            return (Number(text, "used_memory:"), Number(text, "maxmemory:"));
        }
        catch (Exception failure) when (failure is SocketException or IOException)
        {
            throw new UsageException($"--redis {address}: {failure.Message}");
        }
    }

    private static long Number(string text, string name) =>
        text.Split("\r\n").FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal)) is { } line
            ? long.Parse(line[name.Length..], CultureInfo.InvariantCulture)
            : 0;
}
