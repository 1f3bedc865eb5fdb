using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Passes;

/// <summary>Where sessions and tickets are kept.</summary>
internal interface IPassSource
{
    /// <inheritdoc cref="IPassGrain.Find"/>
    /// <exception cref="WebstreamException">The store does not answer.</exception>
    Task<StoredPass?[]> FindAsync(string[] ids);

    /// <inheritdoc cref="IPassGrain.Add"/>
    /// <exception cref="WebstreamException">The store does not answer, or refuses.</exception>
    Task<PassOutcome> AddAsync(StoredPass pass);

    /// <inheritdoc cref="IPassGrain.Remove"/>
    /// <exception cref="WebstreamException">The store does not answer, or refuses.</exception>
    Task<bool> RemoveAsync(string id);

    /// <inheritdoc cref="IPassGrain.Take"/>
    /// <exception cref="WebstreamException">The store does not answer, or refuses.</exception>
    Task<PassTake> TakeAsync(string id);
}
