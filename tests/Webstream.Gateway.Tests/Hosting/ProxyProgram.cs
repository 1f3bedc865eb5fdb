using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>A proxy that people put before a gateway, as a process of its own on a free port of the loopback.</summary>
internal sealed class ProxyProgram : IAsyncDisposable
{
    private readonly DirectoryInfo folder;
    private readonly ChildProcess program;

    private ProxyProgram(DirectoryInfo folder, ChildProcess program, Uri address)
    {
        this.folder = folder;
        this.program = program;
        Address = address;
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Starts nginx.</summary>
    /// <param name="locations">The locations of its one server.</param>
    public static Task<ProxyProgram> NginxAsync(string locations) => StartAsync(
        "nginx", "nginx.conf",
        (port, folder) => $$"""
            daemon off; master_process off; pid {{folder}}/pid; error_log stderr warn;
            events {}
            http {
              access_log off;
              client_body_temp_path {{folder}}/body; proxy_temp_path {{folder}}/proxy; fastcgi_temp_path {{folder}}/f; uwsgi_temp_path {{folder}}/u; scgi_temp_path {{folder}}/s;
              server { listen 127.0.0.1:{{port}}; {{locations}} }
            }
            """,
        (file, folder) => ["-e", "stderr", "-p", folder, "-c", file]);

    /// <summary>Starts HAProxy.</summary>
    /// <param name="frontend">What its one frontend does with requests.</param>
    /// <param name="gateways">Where it sends them, in turn.</param>
    public static Task<ProxyProgram> HaproxyAsync(string frontend, params Uri[] gateways) => StartAsync(
        "haproxy", "haproxy.cfg",
        (port, _) => $"""
            defaults
              mode http
              timeout connect 5s
              timeout client 60s
              timeout server 60s
            frontend all
              bind 127.0.0.1:{port}
              {frontend.ReplaceLineEndings("\n  ")}
              default_backend gateway
            backend gateway
              {string.Join("\n  ", gateways.Select((gateway, i) => $"server gateway{i} {gateway.Authority}"))}

            """,
        (file, _) => ["-db", "-f", file]);

    /// <summary>Starts Caddy.</summary>
    /// <param name="site">The site's block.</param>
    /// <param name="name">The name of a site with a certificate of its own making; none: plain HTTP by any name.</param>
    /// <param name="options">More global options.</param>
    public static Task<ProxyProgram> CaddyAsync(string site, string? name = null, string options = "") => StartAsync(
        "caddy", "Caddyfile",
        (port, folder) => $$"""
            {
            	admin off
            	auto_https disable_redirects
            	local_certs
            	skip_install_trust
            	storage file_system {{folder}}/state
            {{options}}
            }
            {{(name is null ? "http://" : $"https://{name}")}}:{{port}} {
            {{site}}
            }
            """,
        (file, _) => ["run", "--config", file, "--adapter", "caddyfile"],
        name);

    /// <summary>What it has written so far.</summary>
    public string Text => program.Text;

    public async ValueTask DisposeAsync()
    {
        await program.DisposeAsync();
        folder.Delete(recursive: true);
    }

    private static async Task<ProxyProgram> StartAsync(
        string name, string file, Func<int, string, string> configuration, Func<string, string, string[]> arguments, string? site = null)
    {
        var path = ProgramOf(name);
        var port = FreePort.Take();
        var folder = Directory.CreateTempSubdirectory($"webstream-{name}-");
        var written = Path.Combine(folder.FullName, file);
        await File.WriteAllTextAsync(written, configuration(port, folder.FullName));
        var program = ChildProcess.Start(
            [path, .. arguments(written, folder.FullName)],
            [("HOME", folder.FullName), ("XDG_DATA_HOME", folder.FullName), ("XDG_CONFIG_HOME", folder.FullName)]);
        await Until.TrueAsync(() => AnswersAsync(port, site));
        return new(folder, program, new($"{(site is null ? "http" : "https")}://{site ?? "127.0.0.1"}:{port}"));
    }

    // Debian's are where only an administrator's path leads.
    private static string ProgramOf(string name) => File.Exists($"/usr/sbin/{name}") ? $"/usr/sbin/{name}" : Needs.Program(name, name);

    // A certificate is made only after the port is open.
    private static async Task<bool> AnswersAsync(int port, string? site)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            if (site is not null)
            {
                await using var secure = new SslStream(client.GetStream());
                await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
                {
                    TargetHost = site,
                    RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Issuer.Contains("Caddy", StringComparison.Ordinal) == true,
                });
            }

            return true;
        }
        catch (Exception failure) when (failure is SocketException or IOException or AuthenticationException)
        {
            return false;
        }
    }
}
