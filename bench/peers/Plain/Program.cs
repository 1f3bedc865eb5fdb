// A peer to compare the gateway with: the textbook way to fan out Server-Sent Events on ASP.NET Core. It has a channel for each client, and
// TypedResults.ServerSentEvents formats each item for each client. It keeps no history.
using Webstream.Bench.Plain;

var builder = WebApplication.CreateBuilder(args);
var app = builder.Build();
var hub = new Hub();

app.MapGet("/stream", (string? stream, CancellationToken gone) =>
    TypedResults.ServerSentEvents(hub.Listen(stream ?? "main", gone)));

app.MapPost("/api/push", (Push push) =>
{
    var message = $"[{DateTimeOffset.UtcNow:O}] {push.Message}";
    return new PushAnswer("success", push.Message, hub.Push(push.Stream ?? "main", message));
});

app.Run();

internal sealed record Push(string Message, string? Stream);

internal sealed record PushAnswer(string Status, string Message, int Clients);
