using Webstream.Gateway.Health;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Gateway.Hosting;

/// <summary>The address that the metrics have for themselves.</summary>
internal static class MetricsListening
{
    /// <summary>Finds out whether the gateway can listen there.</summary>
    /// <param name="configuration">The gateway's settings.</param>
    /// <param name="plan">Where it listens otherwise.</param>
    /// <returns>One address, or none.</returns>
    /// <exception cref="StartRefusedException">It cannot.</exception>
    public static string[] Addresses(IConfiguration configuration, ListenPlan plan)
    {
        var options = new MetricsOptions { Url = configuration["Webstream:Metrics:Url"] ?? "" };
        if (options.Url.Length == 0)
        {
            return [];
        }

        var faults = options.Validate(new(options)).Select(fault => fault.ErrorMessage).ToArray();
        if (faults.Length > 0)
        {
            throw new StartRefusedException(string.Join(' ', faults));
        }

        if (ListenUrls.Split(plan.Written).Select(BindingAddress.Parse).Any(address => address.Port == options.Port))
        {
            throw new StartRefusedException($"Webstream__Metrics__Url has the port {options.Port}, at which everything else is. Give the metrics a port of their own.");
        }

        using var possible = ListenCheck.Plan(options.Url);
        return [options.Url];
    }
}
