using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Webstream.Gateway.Snapshots;
using Webstream.Gateway.Streams;
using Webstream.ServiceDefaults.Settings;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Gateway.Keys;

/// <summary>Registers the keys.</summary>
internal static class KeysRegistration
{
    public static IServiceCollection AddKeys(this IServiceCollection services, IConfiguration webstream)
    {
        services.AddSettings<KeysOptions>(webstream, "Keys");
        services.AddSingleton<ClusterKeys>();
        services.AddSingleton<KeyRing>();
        services.TryAddSingleton<IKeySource>(provider => provider.GetRequiredService<IOptions<KeysOptions>>().Value.File is { Length: > 0 } file
            ? new KeyFile(Path.GetFullPath(file))
            : provider.GetRequiredService<ClusterKeys>());
        return services;
    }

    /// <summary>Refuses a file of keys that cannot be used. Later such a file is as keys that cannot be had.</summary>
    /// <exception cref="StartRefusedException">It cannot.</exception>
    public static async Task CheckAsync(IServiceProvider services)
    {
        if (services.GetRequiredService<IKeySource>() is KeyFile file)
        {
            try
            {
                await file.ReadAsync(null);
            }
            catch (TableAwayException unusable)
            {
                throw new StartRefusedException(
                    $"{unusable.Message}. Webstream__Keys__File names a file that `webstream-gateway keys new NAME --file FILE` makes.");
            }
        }
    }
}
