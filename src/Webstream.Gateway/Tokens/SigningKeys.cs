using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using Webstream.Gateway.Streams;

namespace Webstream.Gateway.Tokens;

/// <summary>
/// The keys that tokens are signed with, as this gateway knows them. They are asked for when the first token comes, again once they are old, and when a
/// token has a key that is not known; but never more often than each <see cref="Pause"/>, however many such tokens come. Keys that are known go on
/// while they cannot be asked for. Safe for any thread.
/// </summary>
internal sealed partial class SigningKeys : IConfigurationManager<OpenIdConnectConfiguration>
{
    /// <summary>The least time between two questions.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <summary>After which time they are asked for again.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromHours(1);

    private static readonly OpenIdConnectConfiguration None = new();

    private readonly Lock gate = new();
    private readonly Func<Task<OpenIdConnectConfiguration>> read;
    private readonly bool areFixed;
    private readonly bool areNear;
    private readonly TimeSpan pause;
    private readonly TimeSpan fresh;
    private readonly TimeProvider time;
    private readonly Trouble trouble;
    private volatile Known? known;
    private Task<long?> asking = Task.FromResult<long?>(null);
    private long? asked;

    public SigningKeys(TokenRules rules, KeyDocuments documents, TimeProvider time, ILogger<SigningKeys> logger)
    {
        this.time = time;
        read = () => documents.ReadAsync(rules.Issuer);
        areFixed = rules.Keys is KeyPlace.Static;
        areNear = rules.Keys is KeyPlace.File;
        // A file costs nobody anything, and is looked at as often as a file of keys.
        (pause, fresh) = areNear ? (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)) : (Pause, Fresh);
        trouble = new(reason => LogAway(logger, reason, known is null ? "no token counts" : "known keys go on"), _ => LogBack(logger));
    }

    /// <summary>The keys as known, empty when they could not be had yet.</summary>
    public async Task<OpenIdConnectConfiguration> GetConfigurationAsync(CancellationToken cancel)
    {
        if (known is null || (!areFixed && time.GetElapsedTime(known.At) >= fresh))
        {
            var asking = AskAsync();
            if (known is null || areNear)
            {
                await asking;
            }

            // Else nobody waits: the keys from before are good enough.
        }

        return known?.Keys ?? None;
    }

    /// <summary>Nothing: <see cref="LookAgainAsync"/> does that.</summary>
    public void RequestRefresh()
    {
    }

    /// <summary>Asks again because a token's key is not known.</summary>
    /// <param name="since">When the token came, by the clock's timestamp.</param>
    /// <returns>Whether what is known now is from after that: a key that is not among them is none.</returns>
    public async Task<bool> LookAgainAsync(long since) => areFixed || (known?.At >= since) || (await AskAsync() is { } began && began >= since);

    /// <summary>Reads the keys before anybody needs them.</summary>
    /// <exception cref="Exception">They cannot be read.</exception>
    public Task CheckAsync() => read();

    // When the question began that has been answered; none: there was no answer, or it was too early to ask again.
    private Task<long?> AskAsync()
    {
        lock (gate)
        {
            if (!asking.IsCompleted)
            {
                return asking;
            }

            var now = time.GetTimestamp();
            if (asked is { } last && time.GetElapsedTime(last, now) < pause)
            {
                return Task.FromResult<long?>(null);
            }

            asked = now;
            return asking = AskAsync(now);
        }
    }

    private async Task<long?> AskAsync(long began)
    {
        // Off the gate, which the caller holds.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            known = new(await read(), began);
            trouble.Worked();
            return began;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            trouble.Failed(failure.InnerException is null || failure is HttpRequestException ? failure : failure.InnerException);
            return null;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The keys that tokens are signed with cannot be had ({Reason}); {Meanwhile} meanwhile")]
    private static partial void LogAway(ILogger logger, string reason, string meanwhile);

    [LoggerMessage(2, LogLevel.Information, "The keys that tokens are signed with can be had again")]
    private static partial void LogBack(ILogger logger);

    private sealed record Known(OpenIdConnectConfiguration Keys, long At);
}
