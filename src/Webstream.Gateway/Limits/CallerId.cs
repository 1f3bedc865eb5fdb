using Webstream.Gateway.Memory;
using Webstream.Grains;

namespace Webstream.Gateway.Limits;

/// <summary>Whom limits count as one: all who have keys of one name, or else an address.</summary>
/// <param name="Key">The key's name; none: the address counts.</param>
/// <param name="Address">The address; the default where a key counts.</param>
internal readonly record struct CallerId(string? Key, CallerAddress Address)
{
    /// <summary>Whether limits bind this caller. They do not bind callers of this machine without a key, and trusted proxies themselves.</summary>
    public bool IsLimited => Key is not null || Address.IsCounted;

    /// <summary>The caller as the beginning of a sentence.</summary>
    public override string ToString() => Key is null ? $"The address {Address}" : $"The key {Key}";
}

/// <summary>Who is limited.</summary>
internal interface ILimitedCaller
{
    /// <summary>As whom the caller is counted.</summary>
    CallerId LimitedAs { get; }

    /// <summary>The address from which it calls, whatever key it has.</summary>
    CallerAddress Address { get; }

    /// <summary>The limits of its key, in place of those for everybody; none: it has none of its own.</summary>
    KeyLimits? OwnLimits { get; }
}
