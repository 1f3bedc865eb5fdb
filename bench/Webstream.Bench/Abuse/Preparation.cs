using System.Diagnostics;
using System.Text.Json;

namespace Webstream.Bench.Abuse;

/// <summary>The data that a scenario needs could not be prepared.</summary>
internal sealed class PreparationException(string message) : Exception(message);

/// <summary>Prepares the data that a scenario needs, in the manner of a client that does nothing wrong.</summary>
internal static class Preparation
{
    private const int BatchBytes = 200 * 1024;
    private const int BatchMessages = 250;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Pushes one message, and returns its id.</summary>
    public static string PushOne(Attack attack, string stream)
    {
        var answer = Visitor.Send(attack.Target, attack.Key, $"/api/push?stream={stream}", "x", Patience)
            ?? throw new PreparationException("a push was not accepted");
        using var json = JsonDocument.Parse(answer);
        return json.RootElement.GetProperty("id").GetString()!;
    }

    /// <summary>Fills streams with so many messages of so many bytes each.</summary>
    public static void Fill(Attack attack, string kind, int streams, int messages, int bytes)
    {
        var batch = Math.Clamp(BatchBytes / (bytes + 32), 1, BatchMessages);
        var requests = messages / batch;
        var body = string.Concat(Enumerable.Repeat($"{{\"message\":\"{new string('x', bytes)}\"}}\n", batch));
        Ask(attack, new AskPlan
        {
            Connections = 4,
            Depth = 1,
            Most = (long)streams * requests,
            Request = i => attack.Post($"/api/push?stream={attack.Name(kind, i / requests)}", "application/x-ndjson", body),
        });
    }

    /// <summary>Makes streams, each by one message.</summary>
    public static void MakeStreams(Attack attack, string kind, int count) => Ask(attack, new AskPlan
    {
        Connections = 4,
        Depth = 25,
        Most = count,
        Request = i => attack.Post($"/api/push?stream={attack.Name(kind, i)}", "text/plain", "x"),
    });

    // A refusal is not a failure: a store that is already full need not be filled.
    private static void Ask(Attack attack, AskPlan plan)
    {
        using var askers = new Askers(attack, plan);
        if (!askers.Run(Stopwatch.GetTimestamp() + (long)(Patience.TotalSeconds * Stopwatch.Frequency)))
        {
            throw new PreparationException($"{plan.Most} requests took more than {Patience.TotalSeconds} s");
        }
    }
}
