namespace Webstream.Bench;

/// <summary>How a server is spoken to: the gateway, and the peers that it is compared with.</summary>
internal sealed record ServerKind
{
    private static readonly ServerKind Webstream = new()
    {
        Name = "webstream",
        ListenPath = "/stream?stream=",
        PushPath = "/api/push",
    };

    /// <summary>The first is the default.</summary>
    public static IReadOnlyList<ServerKind> All { get; } =
    [
        Webstream,
        new() { Name = "nchan", ListenPath = "/sub?id=", PushPath = "/pub?id=", Raw = true },
        Webstream with { Name = "plain" },
        Webstream with { Name = "original" },
    ];

    public required string Name { get; init; }

    /// <summary>Where to listen; the stream's name follows.</summary>
    public required string ListenPath { get; init; }

    /// <summary>Where to push; the stream's name follows where the body does not hold it.</summary>
    public required string PushPath { get; init; }

    /// <summary>
    /// Whether the body is the message and nothing else. Such a server tells nothing of its listeners, and greets none:
    /// one counts as connected when it has the response's head.
    /// </summary>
    public bool Raw { get; init; }

    public bool Accepts(int status) => Raw ? status is 200 or 201 or 202 : status == 200;
}
