using Webstream.Gateway.Access;
using Webstream.Gateway.Passes;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Sessions;

/// <summary>Makes and ends sessions and tickets. Whether their owners may have them was decided before.</summary>
internal sealed class PassDesk(IPassSource store, PassRing ring, PassHolders holders, TimeProvider time)
{
    /// <summary>Begins a session.</summary>
    /// <param name="key">What its owner has proved.</param>
    /// <exception cref="WebstreamException">It did not begin.</exception>
    public Task<(string Secret, StoredPass Pass)> BeginSessionAsync(KeyIdentity key) => AddAsync(key, PassKind.Session, null);

    /// <summary>Ends the session by which a caller comes.</summary>
    /// <param name="session">Its id.</param>
    /// <exception cref="WebstreamException">It may not have ended.</exception>
    public async Task EndSessionAsync(string session)
    {
        await store.RemoveAsync(session);
        ring.Ended(session);
    }

    /// <summary>Makes a ticket.</summary>
    /// <param name="key">What its maker has proved.</param>
    /// <param name="stream">The stream to which it lets listen.</param>
    /// <exception cref="WebstreamException">It was not made.</exception>
    public Task<(string Secret, StoredPass Pass)> MakeTicketAsync(KeyIdentity key, StreamName stream) => AddAsync(key, PassKind.Ticket, stream);

    private async Task<(string Secret, StoredPass Pass)> AddAsync(KeyIdentity key, PassKind kind, StreamName? stream)
    {
        var now = time.GetUtcNow();
        var (secret, id) = StoredPass.NewSecret(kind);
        // Nothing outlives what it was made with. A key's own end is looked at whenever the pass is used.
        var latest = Earlier(now + StoredPass.Longest, key.Ends);
        var pass = new StoredPass
        {
            Id = id,
            Kind = kind,
            Holder = holders.Of(key, secret),
            Session = key.Session,
            Stream = stream?.Value,
            Created = now,
            Expires = kind == PassKind.Ticket ? Earlier(now + StoredPass.Untaken, latest) : latest,
            Latest = latest,
        };
        if (await store.AddAsync(pass) == PassOutcome.Full)
        {
            var (name, wait) = kind == PassKind.Session ? ("sessions", TimeSpan.FromMinutes(1)) : ("tickets", StoredPass.Untaken);
            throw new WebstreamException(WebstreamError.Unavailable, $"There are {PassBounds.Most} {name}, and there can be no more until some have ended.")
            {
                RetryAfter = wait,
            };
        }

        ring.Added(pass);
        return (secret, pass);
    }

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset? other) => other < one ? other.Value : one;
}
