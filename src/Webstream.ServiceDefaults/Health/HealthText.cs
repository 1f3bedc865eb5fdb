using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Webstream.ServiceDefaults.Health;

/// <summary>A health answer: a word and, where that adds something, what is wrong.</summary>
public static class HealthText
{
    /// <summary>
    /// A header that repeats the word. Many programs answer <c>200</c> or <c>Healthy</c>; by this header <see cref="HealthQuestion"/> knows that a
    /// gateway or a silo answers.
    /// </summary>
    internal const string Header = "Webstream-Health";

    /// <summary>Never names what is wrong.</summary>
    public static Task WriteWordAsync(HttpContext context, HealthReport report) => WriteAsync(context, report, named: false);

    /// <summary>Names what is wrong only while the process is degraded but works. When it does not work, the word says enough.</summary>
    public static Task WriteTroubleAsync(HttpContext context, HealthReport report) =>
        WriteAsync(context, report, named: report.Status == HealthStatus.Degraded);

    /// <summary>Names everything that is wrong.</summary>
    public static Task WriteAllAsync(HttpContext context, HealthReport report) =>
        WriteAsync(context, report, named: report.Status != HealthStatus.Healthy);

    private static Task WriteAsync(HttpContext context, HealthReport report, bool named)
    {
        var texts = report.Entries.Values.Select(entry => entry.Description).Where(text => !string.IsNullOrEmpty(text));
        context.Response.ContentType = "text/plain";
        context.Response.Headers[Header] = report.Status.ToString();
        return context.Response.WriteAsync(named ? $"{report.Status}: {string.Join(". ", texts)}" : report.Status.ToString());
    }
}
