using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Webstream.Gateway.Audit;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Sessions;

/// <summary>No log, metric, trace or error has a ticket, a session or a key, whatever is logged. The audit says what was done with them.</summary>
public sealed class PassSecretsTests
{
    private const string SharedKey = "the-shared-key-of-the-tests";

    private readonly FakeLogCollector log = new();
    private readonly string stream = TestStream.New();

    [Fact]
    public async Task Secrets_AreInNoOutput_AlsoWhereEverythingIsLogged()
    {
        await using var gateway = await StartAsync(everything: true);
        using var traces = new Traces();
        using var page = await Page.OwnOf(gateway.Address).LoginAsync(SharedKey);
        var session = page.Cookie!.Split('=')[1];
        await page.PushAsync(stream).OkAsync();
        var ticket = await TicketAsync(page);
        await using (await TestListener.ConnectAsync(new(gateway.Address, $"/stream/{stream}?ticket={ticket}")))
        {
        }

        var errors = new List<string>
        {
            await gateway.SendAsync(HttpMethod.Get, $"/stream/{stream}?format=json&ticket={ticket}").ProblemAsync(401),
            await gateway.SendAsync(HttpMethod.Get, $"/stream?stream=other&ticket={ticket}").ProblemAsync(401),
            await gateway.SendAsync(HttpMethod.Get, $"/nowhere?ticket={ticket}").ProblemAsync(404),
            await gateway.SendAsync(HttpMethod.Get, $"/stream/{stream}?history=x&ticket={ticket}", ("Last-Event-ID", "0-0")).ProblemAsync(400),
        };
        await page.SendAsync(HttpMethod.Delete, "/api/session").OkAsync();
        using var metrics = await gateway.SendAsync(HttpMethod.Get, "/metrics", ("X-API-Key", SharedKey));
        errors.Add(await metrics.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        // The framework's own line of a request, which has its address, was there to be looked through.
        var lines = log.GetSnapshot();
        lines.ShouldContain(line => line.Message.Contains("Request starting", StringComparison.Ordinal) && line.Message.Contains("?format=json", StringComparison.Ordinal));
        var all = string.Join('\n', [.. lines.Select(line => $"{line.Message} {string.Join(' ', line.StructuredState ?? [])} {line.Exception}"), .. errors, .. traces.Texts]);
        traces.Texts.ShouldContain(text => text.Contains($"/stream/{stream}", StringComparison.Ordinal));
        foreach (var secret in (string[])[session, ticket, SharedKey])
        {
            all.ShouldNotContain(secret[4..]);
        }
    }

    [Fact]
    public async Task Audit_SaysWhoBeganASession_MadeATicket_AndUsedIt()
    {
        await using var gateway = await StartAsync(everything: false);
        using var page = await Page.OwnOf(gateway.Address).LoginAsync(SharedKey);
        var ticket = await TicketAsync(page);
        await page.SendAsync(HttpMethod.Get, $"/stream/{stream}?ticket={ticket}0").ProblemAsync(401);
        using (await page.SendAsync(HttpMethod.Head, $"/stream/{stream}?ticket={ticket}"))
        {
        }

        await page.SendAsync(HttpMethod.Delete, "/api/session").OkAsync();
        await Until.TrueAsync(() => Audit().Count >= 5);
        Audit().ShouldBe([
            "key default from 127.0.0.1: POST /api/session: 200",
            $"session of key default from 127.0.0.1: POST /api/tickets (ticket for {stream}): 200",
            $"a program of this machine from 127.0.0.1: Subscribe refused at /stream/{stream}: 401",
            $"ticket of key default from 127.0.0.1: HEAD /stream/{stream}: 200",
            "session of key default from 127.0.0.1: DELETE /api/session: 200",
        ]);
    }

    [Fact]
    public async Task BalancersLog_HasNoTicketAndNoKey()
    {
        var shipped = (await File.ReadAllTextAsync(Path.Combine(Repository.Root, "deploy", "compose", "Caddyfile"), TestContext.Current.CancellationToken)).ReplaceLineEndings("\n");
        var begin = shipped.IndexOf("\tlog {", StringComparison.Ordinal);
        var log = shipped[begin..(shipped.IndexOf("\n\t}\n", begin, StringComparison.Ordinal) + 3)];
        // Nothing listens there, and Caddy says so, with the request.
        await using var caddy = await ProxyProgram.CaddyAsync($"reverse_proxy 127.0.0.1:{FreePort.Take()}", options: log);
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(caddy.Address, "/stream/s?format=json&ticket=wst_secret"));
        request.Headers.Add("X-API-Key", "wsk_secret");
        request.Headers.Add("Cookie", "webstream-8000=wss_secret");
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        answer.StatusCode.ShouldBe(System.Net.HttpStatusCode.BadGateway);
        await Until.TrueAsync(() => caddy.Text.Contains("/stream/s", StringComparison.Ordinal));
        caddy.Text.ShouldContain("ticket=REDACTED");
        caddy.Text.ShouldNotContain("secret");
    }

    private async Task<string> TicketAsync(Page page) =>
        (await page.PostAsync("/api/tickets", $$"""{"stream":"{{stream}}"}""").OkAsync()).GetProperty("ticket").GetString()!;

    private Task<TestGateway> StartAsync(bool everything) => TestGateway.StartAsync(
        "http://127.0.0.1:0",
        builder =>
        {
            builder.Services.AddSingleton<ILoggerProvider>(new FakeLoggerProvider(log));
            if (everything)
            {
                // Also what the gateway leaves out by itself. The console stays quiet.
                builder.Services.PostConfigure<LoggerFilterOptions>(filters =>
                {
                    foreach (var rule in filters.Rules.Where(rule => rule.ProviderName is null).ToList())
                    {
                        filters.Rules.Remove(rule);
                    }

                    filters.MinLevel = LogLevel.Trace;
                });
            }
        },
        ("Webstream:ApiKey", SharedKey), ("Webstream:Write", "key"), ("Webstream:Read", "key"));

    private IReadOnlyList<string> Audit() => [.. log.GetSnapshot().Where(line => line.Category == AuditTrail.Category).Select(line => line.Message)];

    /// <summary>Whatever the framework says of requests to programs that trace.</summary>
    private sealed class Traces : IObserver<System.Diagnostics.DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<string> texts = new();
        private readonly List<IDisposable> subscriptions = [];

        public Traces() => subscriptions.Add(System.Diagnostics.DiagnosticListener.AllListeners.Subscribe(this));

        public IReadOnlyCollection<string> Texts => texts;

        public void OnNext(System.Diagnostics.DiagnosticListener value)
        {
            if (value.Name == "Microsoft.AspNetCore")
            {
                subscriptions.Add(value.Subscribe(this));
            }
        }

        // What OpenTelemetry takes url.path and url.query from.
        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (value.Value is Microsoft.AspNetCore.Http.HttpContext context)
            {
                var target = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()?.RawTarget;
                texts.Enqueue($"{value.Key} {context.Request.Path}{context.Request.QueryString} {target}");
            }
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void Dispose() => subscriptions.ForEach(subscription => subscription.Dispose());
    }
}
