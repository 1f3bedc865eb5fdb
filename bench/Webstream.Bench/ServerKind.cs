namespace Webstream.Bench;

/// <summary>The interface of a server: of the gateway, or of a peer that it is compared with.</summary>
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

    /// <summary>The path to listen at; the stream's name follows.</summary>
    public required string ListenPath { get; init; }

    /// <summary>The path to push to; the stream's name follows where the body does not hold it.</summary>
    public required string PushPath { get; init; }

    /// <summary>
    /// Whether the body is only the message. Such a server reports nothing about its listeners, and sends no greeting:
    /// a listener counts as connected when it has the response's head.
    /// </summary>
    public bool Raw { get; init; }

    public bool Accepts(int status) => Raw ? status is 200 or 201 or 202 : status == 200;
}
