using System.Security.Claims;
using Webstream.Gateway.Limits;
using Webstream.Gateway.Memory;
using Webstream.Grains;

namespace Webstream.Gateway.Access;

/// <summary>What a caller has proved itself by.</summary>
internal enum CallerKind
{
    /// <summary>Nothing.</summary>
    Nobody,

    /// <summary>Nothing, but it is a program of this machine that calls the gateway directly at its loopback address.</summary>
    Loopback,

    /// <summary>The secret that the gateway left beside its history, for its own user.</summary>
    LocalUser,

    /// <summary>The shared key of <c>WEBSTREAM_API_KEY</c>.</summary>
    DefaultKey,

    /// <summary>A key that was made for somebody.</summary>
    NamedKey,

    /// <summary>A token of the authority.</summary>
    Token,
}

/// <summary>What is known about the key that a request carries.</summary>
internal enum KeyState
{
    /// <summary>It carries none, or keys are not asked for.</summary>
    None,

    /// <summary>It is right.</summary>
    Right,

    /// <summary>It is not the shared key.</summary>
    Wrong,

    /// <summary>It has the form of a named key, and is none, or none any more.</summary>
    WrongNamed,

    /// <summary>It is a token, and does not count, or not any more.</summary>
    WrongToken,

    /// <summary>It has the form of a named key or of a token, and the keys to judge it by cannot be had now; or it is a session that cannot be asked for.</summary>
    Unknown,

    /// <summary>It is a session, and there is none such, or none any more.</summary>
    WrongSession,

    /// <summary>It is a ticket, and there is none such, or none any more.</summary>
    WrongTicket,

    /// <summary>It is a ticket, and the tickets cannot be had now.</summary>
    UnknownTicket,
}

/// <summary>
/// Who asks: all that the decision about a request depends on. It outlives its request, so that the decision about a listener can be made anew.
/// </summary>
/// <param name="key">What the caller has proved; none when it has proved nothing.</param>
/// <param name="state">What is known about the key that it sent.</param>
/// <param name="address">The address from which it calls, as far as limits count it.</param>
/// <param name="isLocal">A program of this machine, directly at the loopback address.</param>
/// <param name="foreign">
/// Why it counts as a page from elsewhere, and what to do about that: its <c>Host</c> or its <c>Origin</c> is not known. None: it does not.
/// </param>
/// <param name="fault">What is wrong with the key that it sent, as a sentence; none: what the state says.</param>
internal sealed class Caller(KeyIdentity? key, KeyState state, CallerAddress address, bool isLocal, string? foreign, string? fault = null)
    : ClaimsPrincipal(key ?? new ClaimsIdentity()), ILimitedCaller
{
    /// <summary>The caller of a request. Available after authentication.</summary>
    public static Caller Of(HttpContext context) =>
        context.User as Caller ?? throw new InvalidOperationException("The request's caller is not known yet.");

    /// <summary>The same caller with other news about its key.</summary>
    public Caller With(KeyIdentity? now, KeyState standing, string? why = null) => new(now, standing, address, isLocal, foreign, why);

    /// <summary>
    /// The same caller as far as listening goes, for which it does not matter from where somebody calls, nor with which page. Callers with the same
    /// key, or without one, are alike then.
    /// </summary>
    public Caller AsListener() => new(key, key is null ? KeyState.None : KeyState.Right, default, isLocal: false, foreign: null);

    /// <summary>What it has proved itself by.</summary>
    public CallerKind Kind => key?.Kind ?? (isLocal ? CallerKind.Loopback : CallerKind.Nobody);

    /// <summary>What it has proved; none when it has proved nothing.</summary>
    public KeyIdentity? Key => key;

    /// <summary>What is known about the key that it sent.</summary>
    public KeyState KeyState => state;

    /// <summary>What is wrong with the key that it sent, as a sentence; none: what its state says.</summary>
    public string? KeyFault => fault;

    /// <inheritdoc/>
    public CallerAddress Address => address;

    /// <inheritdoc/>
    // Who runs the gateway is not held to limits.
    public CallerId LimitedAs => key is null ? new(null, address) : key.Kind == CallerKind.LocalUser ? default : new(key.Name, default);

    /// <inheritdoc/>
    public KeyLimits? OwnLimits => key?.Limits;

    /// <summary>A program of this machine, directly at the loopback address, whatever it has proved.</summary>
    public bool IsLocal => isLocal;

    /// <summary>Why it counts as a page from elsewhere, and what to do about that; none: it does not.</summary>
    public string? Foreign => foreign;
}
