using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Webstream.Gateway.Access;
using Webstream.Gateway.Keys;
using Webstream.Gateway.Listening;
using Webstream.Gateway.Passes;
using Webstream.Gateway.Rules;
using Webstream.Gateway.Snapshots;
using Webstream.Gateway.Tests.Limits;
using Webstream.Gateway.Tests.Passes;
using Webstream.Gateway.Tests.Rules;
using Webstream.Grains;
using Webstream.Grains.History;

namespace Webstream.Gateway.Tests.Access;

/// <summary>The decision about callers without a web server, with keys of the test's own.</summary>
internal sealed class AccessRig : IDisposable
{
    private readonly WrongKeyLog log;

    public AccessRig(TimeProvider time, AccessOptions? access = null, StreamsOptions? streams = null)
    {
        var options = Options.Create(access ?? new());
        log = new(time, TestMessages.Meters(), NullLogger<WrongKeyLog>.Instance);
        Limits = new(time: time);
        StreamRules = new(options, Options.Create(streams ?? new()), Rules, time, NullLogger<StreamRules>.Instance);
        Gate = AccessGate.For(new(StreamRules, options), new(Limits.Limits, log), NullLoggerFactory.Instance);
        Ring = new(Keys, time, NullLogger<KeyRing>.Instance);
        Judge = new(options, Ring);
        Callers = new(Ring, time);
        Permission = new(Gate, Judge, Callers, new(new PassesDouble(), time, NullLogger<PassRing>.Instance), time);
        Grants = new(Gate, Callers, StreamRules, time, NullLogger<ListenerGrants>.Instance);
    }

    public KeysDouble Keys { get; } = new();

    public RulesDouble Rules { get; } = new();

    public StreamRules StreamRules { get; }

    public AccessGate Gate { get; }

    public KeyRing Ring { get; }

    public KeyJudge Judge { get; }

    public CallersNow Callers { get; }

    public ListenPermission Permission { get; }

    public ListenerGrants Grants { get; }

    public LimitsRig Limits { get; }

    public void Dispose()
    {
        Grants.Dispose();
        log.Dispose();
    }
}

/// <summary>Keys that a test makes, revokes, and takes away.</summary>
internal sealed class KeysDouble : IKeySource
{
    private readonly Dictionary<string, StoredKey> keys = [];
    private long version = 1;

    /// <summary>How often it was asked.</summary>
    public int Asked { get; private set; }

    /// <summary>It does not answer.</summary>
    public bool IsAway { get; set; }

    public (string Key, string Id) Add(KeyRights rights, string name = "ci", DateTimeOffset? expires = null)
    {
        var (key, stored) = StoredKey.New(name, rights, DateTimeOffset.UnixEpoch);
        keys.Add(stored.Id, stored with { Expires = expires });
        version++;
        return (key, stored.Id);
    }

    public void Remove(string id)
    {
        keys.Remove(id);
        version++;
    }

    public Task<KeyList?> ReadAsync(long? known)
    {
        Asked++;
        return IsAway ? Task.FromException<KeyList?>(new TableAwayException("It is away"))
            : Task.FromResult(known == version ? null : new KeyList(version, [.. keys.Values], Persistent: true));
    }
}
