using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.FileProviders;

namespace Webstream.Gateway.Dashboard;

/// <summary><c>GET /</c>: the dashboard, and its few files.</summary>
internal static partial class DashboardPage
{
    private const string Page = "index.html";

    public static void UseDashboard(this WebApplication app)
    {
        var files = new PhysicalFileProvider(Path.Combine(AppContext.BaseDirectory, "wwwroot"));
        var policy = ContentSecurityPolicyFor(files.GetFileInfo(Page));
        app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files });
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = files,
            OnPrepareResponse = file =>
            {
                var headers = file.Context.Response.Headers;
                headers.ContentSecurityPolicy = policy;
                headers.CacheControl = "no-cache";
            },
        });
    }

    // The page gets only its own scripts and style, from this gateway; a message can never become more than text.
    private static string ContentSecurityPolicyFor(IFileInfo page)
    {
        using var reader = new StreamReader(page.CreateReadStream());
        var own = Inline().Matches(reader.ReadToEnd())
            .Select(script => $" 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script.Groups[1].Value)))}'");
        return $"default-src 'none'; script-src 'self'{string.Concat(own)}; style-src 'self'; connect-src 'self'; img-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    }

    // The script within the page has to come before everything that the page loads.
    [GeneratedRegex("<script>(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex Inline();
}
