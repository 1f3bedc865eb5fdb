using System.Collections.Frozen;
using System.Net.NetworkInformation;

namespace Webstream.Gateway.Addresses;

/// <summary>
/// The names of this machine, from its own settings alone. The network is not asked: whoever answers for it could name a machine of theirs,
/// whose pages the gateway would then take for its own.
/// </summary>
/// <param name="Names">As <see cref="HostName"/> spells them.</param>
internal sealed record MachineNames(FrozenSet<string> Names)
{
    private static string HostsFile => OperatingSystem.IsWindows()
        ? Path.Combine(Environment.SystemDirectory, "drivers", "etc", "hosts")
        : "/etc/hosts";

    /// <summary>Reads them from the system.</summary>
    public static MachineNames Read()
    {
        try
        {
            return Of(System.Net.Dns.GetHostName(), IPGlobalProperties.GetIPGlobalProperties().DomainName, File.Exists(HostsFile) ? File.ReadLines(HostsFile) : []);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NetworkInformationException or System.Net.Sockets.SocketException)
        {
            return Of(Environment.MachineName, "", []);
        }
    }

    /// <summary>The names that belong to a host name: the name itself, in the local network (<c>.local</c>), and in its domain.</summary>
    /// <param name="hostName">The system's host name, with a domain or without.</param>
    /// <param name="domain">The system's domain; empty when there is none.</param>
    /// <param name="hosts">The lines of the file of hosts. A line with the host name has its names in other domains.</param>
    public static MachineNames Of(string hostName, string domain, IEnumerable<string> hosts)
    {
        if (!HostName.TryRead(hostName, out var whole) || HostName.IsAddress(whole))
        {
            return new(FrozenSet<string>.Empty);
        }

        var label = whole.Split('.')[0];
        string[] said = [whole, label, $"{label}.local", $"{label}.{domain}"];
        return new(said.Concat(hosts.SelectMany(line => NamesIn(line, whole, label)))
            .Select(name => HostName.TryRead(name, out var read) && !HostName.IsAddress(read) ? read : label)
            .ToFrozenSet(StringComparer.Ordinal));
    }

    // "127.0.1.1 box.example.org box # comment". Names of other machines, and names that block others, stay out.
    private static IEnumerable<string> NamesIn(string line, string whole, string label)
    {
        var names = line.Split('#')[0].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(name => name.ToLowerInvariant()).ToList();
        return names.Contains(whole) || names.Contains(label) ? names.Where(name => name.StartsWith($"{label}.", StringComparison.Ordinal)) : [];
    }
}
