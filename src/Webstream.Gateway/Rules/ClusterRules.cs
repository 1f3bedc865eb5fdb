using System.Data.Common;
using Webstream.Gateway.Snapshots;
using Webstream.Gateway.Streams;
using Webstream.Grains;

namespace Webstream.Gateway.Rules;

/// <summary>The rules that the cluster keeps with its histories.</summary>
/// <param name="services">The gateway's services. The cluster is taken from them when it is asked: it may not be there yet when the gateway is made.</param>
/// <param name="connection">The connection to silos elsewhere.</param>
internal sealed class ClusterRules(IServiceProvider services, ClusterConnection connection) : IRuleSource
{
    // As long as a push waits: while no rules are known, an answer that is late is worth more than a refusal.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    // Any name: it is asked for only to see whether anybody answers.
    private const string AnyStream = "main";

    private IGrainFactory Grains => services.GetRequiredService<IGrainFactory>();

    /// <inheritdoc/>
    public async Task<RuleList?> ReadAsync(long? known)
    {
        if (connection.IsAway)
        {
            throw new TableAwayException("The cluster does not answer");
        }

        try
        {
            return await Grains.GetGrain<IRuleGrain>(0).Read(known).WaitAsync(Patience);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // Where there have been rules they have not gone with an older silo. What a file says is no word of a silo that knows no rules.
            if (known is null or 0 && ClusterCall.MayBeUnknown(failure) && failure is not DbException && await IsOlderAsync())
            {
                return known is null ? new(0, []) : null;
            }

            throw new TableAwayException(ClusterCall.RefusalOf(failure) ?? "The store of the rules does not answer");
        }
    }

    // Silos of an older version, in the middle of an upgrade, have no rules. They answer what they know; a cluster that is away answers nothing.
    private async Task<bool> IsOlderAsync()
    {
        try
        {
            await Grains.GetGrain<IStreamLookupGrain>(0).FindUnused(AnyStream).WaitAsync(Patience);
            return true;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            return false;
        }
    }
}
