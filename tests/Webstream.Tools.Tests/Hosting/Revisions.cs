namespace Webstream.Tools.Tests.Hosting;

/// <summary>The protocol revisions of the clients in use. The newest revision has no handshake.</summary>
internal static class Revisions
{
    public const string June2025 = "2025-06-18";
    public const string November2025 = "2025-11-25";
    public const string July2026 = "2026-07-28";

    public static TheoryData<string> All => [June2025, November2025, July2026];
}
