using Webstream.Grains.Peers;
using Webstream.ServiceDefaults.Settings;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Grains.Hosting;

/// <summary>Reads the cluster's secret from its setting or from a file. No message of this class quotes a secret.</summary>
internal static class ClusterSecretSetting
{
    private const string Name = "Webstream__Cluster__Secret";
    private const string File = "Webstream__Cluster__SecretFile";
    private const string HowToMake = "openssl rand -hex 32 makes a good one.";

    // Whoever gets between two processes can try out secrets at home.
    private const int Shortest = 32;

    // While a secret is replaced: the new one, and the one from before.
    private const int MostLines = 2;

    /// <summary>The secret; none: no setting names one.</summary>
    /// <exception cref="StartRefusedException">There are two, the file cannot be read, or the secret can be guessed.</exception>
    public static ClusterSecret? Read(WebstreamClusterOptions cluster)
    {
        if (cluster.SecretFile is not { Length: > 0 } path)
        {
            return cluster.Secret is { Length: > 0 } set ? new(Checked(set, Name)) : null;
        }

        if (cluster.Secret is { Length: > 0 })
        {
            throw new StartRefusedException($"{Name} and {File} both have the cluster's secret. Leave one of them out.");
        }

        var file = new SecretFile(File, "the cluster's secret, and below it the one from before while it is replaced,");
        var lines = file.ReadLines(path);
        return lines.Length <= MostLines
            ? new([.. lines.Select(line => Checked(line, File))])
            : throw file.Unusable(path, $"has more than {MostLines} lines");
    }

    private static string Checked(string secret, string setting) =>
        secret.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? throw new StartRefusedException($"{setting} has a blank or another character that is not printable ASCII. {HowToMake}")
        : Placeholder.Is(secret) ? throw new StartRefusedException($"{setting} {Placeholder.Refusal} {HowToMake}")
        : secret.Length < Shortest ? throw new StartRefusedException($"{setting} is shorter than {Shortest} characters, and could be guessed. {HowToMake}")
        : secret;
}
