namespace Webstream.Grains.Passes;

/// <summary>Keeps passes, where the histories are kept. Passes that have ended are not found, whether or not they are still there. Safe for any thread.</summary>
internal interface IPassStore
{
    /// <inheritdoc cref="IPassGrain.Find"/>
    Task<StoredPass?[]> FindAsync(string[] ids);

    /// <inheritdoc cref="IPassGrain.Add"/>
    Task<PassOutcome> AddAsync(StoredPass pass);

    /// <inheritdoc cref="IPassGrain.Remove"/>
    Task<bool> RemoveAsync(string id);

    /// <inheritdoc cref="IPassGrain.Take"/>
    Task<PassTake> TakeAsync(string id);
}
