namespace Webstream.Gateway.Access;

/// <summary>What is known about the keys and tokens of a request.</summary>
/// <param name="Key">What they prove; none: nothing.</param>
/// <param name="State">What is known about them.</param>
/// <param name="Fault">What is wrong with them, for the caller; none: what the state says.</param>
internal sealed record KeyJudgement(KeyIdentity? Key, KeyState State, string? Fault = null);
