using Webstream.Gateway.Snapshots;
using Webstream.Grains;

namespace Webstream.Gateway.Rules;

/// <summary>Where this gateway has the rules from that streams have of their own.</summary>
internal interface IRuleSource
{
    /// <summary>All rules, if they are not those that the caller has.</summary>
    /// <param name="known">The version that the caller has; null: it has none.</param>
    /// <returns>Null when nothing has changed since.</returns>
    /// <exception cref="TableAwayException">They cannot be had now.</exception>
    Task<RuleList?> ReadAsync(long? known);
}
