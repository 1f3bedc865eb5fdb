namespace Webstream.Gateway.Tokens;

/// <summary>When a token counts. One skew of clocks holds for letting in and for ending: else a listener would be let in and cut again.</summary>
internal static class TokenLife
{
    /// <summary>How far the clocks of the authority and of this machine may differ.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    /// <summary>What is wrong with a token's times; none: it counts now.</summary>
    /// <param name="notBefore">Its <c>nbf</c>, if it has one.</param>
    /// <param name="expires">Its <c>exp</c>, if it has one.</param>
    /// <param name="now">The time.</param>
    public static string? FaultOf(DateTime? notBefore, DateTime? expires, DateTimeOffset now) =>
        expires is not { } end ? "it has no time at which it expires (exp)"
        : now >= EndOf(end) ? "it has expired"
        : notBefore is { } begin && now.UtcDateTime < begin && begin - now.UtcDateTime > Skew ? "it is not valid yet (nbf)"
        : null;

    /// <summary>When what a token gives ends.</summary>
    public static DateTimeOffset EndOf(DateTime expires) =>
        new(DateTime.SpecifyKind(expires < DateTime.MaxValue - Skew ? expires + Skew : DateTime.MaxValue, DateTimeKind.Utc));
}
