using System.ComponentModel.DataAnnotations;
using Webstream.Grains.Peers;

namespace Webstream.Grains.Hosting;

/// <summary>Which cluster a process belongs to. Section <c>Webstream:Cluster</c>; the same on silos and gateways.</summary>
public sealed class WebstreamClusterOptions
{
    /// <summary>Their section below <c>Webstream</c>.</summary>
    public const string Section = "Cluster";

    private const string NameRule = "Webstream__Cluster__Name is 1 to 60 characters from A-Z a-z 0-9 . _ -, for example webstream.";

    /// <summary>
    /// The Redis that holds membership, subscriptions and history, as <c>host:port</c> with StackExchange.Redis' options behind commas
    /// (<c>redis:6379,ssl=true</c>), or as a URL (<c>redis://host:port</c>). None: everything is in the memory of one silo.
    /// </summary>
    public string? Redis { get; set; }

    /// <summary>The user of Redis; none: the one in <see cref="Redis"/>, or else the default one.</summary>
    public string? RedisUser { get; set; }

    /// <summary>A file with the user of Redis, instead of <see cref="RedisUser"/>.</summary>
    public string? RedisUserFile { get; set; }

    /// <summary>The password of Redis, as it is: it may have commas, blanks and quotes. None: the one in <see cref="Redis"/>, or none at all.</summary>
    public string? RedisPassword { get; set; }

    /// <summary>A file with the password of Redis, instead of <see cref="RedisPassword"/>. A line break at its end is no part of the password.</summary>
    public string? RedisPasswordFile { get; set; }

    /// <summary>
    /// A PEM file with the authorities that the certificate of Redis must come from. None: those that the machine trusts. Needs TLS in
    /// <see cref="Redis"/>.
    /// </summary>
    public string? RedisCa { get; set; }

    /// <summary>A PEM file with the certificate that this process shows to Redis; none: it shows none.</summary>
    public string? RedisCertificate { get; set; }

    /// <summary>A PEM file with the key of <see cref="RedisCertificate"/>.</summary>
    public string? RedisKey { get; set; }

    /// <summary>Tells clusters on one Redis apart.</summary>
    [Required(ErrorMessage = NameRule)]
    [RegularExpression("^[A-Za-z0-9._-]{1,60}$", ErrorMessage = NameRule)]
    public string Name { get; set; } = "webstream";

    /// <summary>The port for other silos; 0 takes a free one.</summary>
    [Range(0, 65535, ErrorMessage = "Webstream__Cluster__SiloPort is a port from 1 to 65535, for example 11111, or 0 for a free one.")]
    public int SiloPort { get; set; } = 11111;

    /// <summary>The port for gateways; 0 takes a free one.</summary>
    [Range(0, 65535, ErrorMessage = "Webstream__Cluster__GatewayPort is a port from 1 to 65535, for example 30000, or 0 for a free one.")]
    public int GatewayPort { get; set; } = 30000;

    /// <summary>
    /// The address under which other processes reach this silo. None: the one from which it reaches Redis.
    /// </summary>
    public string? AdvertisedAddress { get; set; }

    /// <summary>A gateway with <see cref="Redis"/> embeds a silo that joins the cluster, instead of only connecting to it.</summary>
    public bool EmbedSilo { get; set; }

    /// <summary>A gateway without Redis connects to these silos instead of embedding one: <c>address:port</c>, separated by commas.</summary>
    public string Silos { get; set; } = "";

    /// <summary>A PEM file with the certificate that this process shows to silos and gateways, for TLS between them; none: no TLS.</summary>
    public string? Certificate { get; set; }

    /// <summary>A PEM file with the key of <see cref="Certificate"/>.</summary>
    public string? Key { get; set; }

    /// <summary>A PEM file with the authorities that the certificates of silos and gateways must come from.</summary>
    public string? Ca { get; set; }

    /// <summary>
    /// What every silo and gateway of the cluster knows and nobody else: at least 32 characters of printable ASCII. None: whoever reaches a silo's ports is
    /// let in, unless there is TLS.
    /// </summary>
    public string? Secret { get; set; }

    /// <summary>A file with the secret, instead of <see cref="Secret"/>; in a second line, while it is replaced, the one from before.</summary>
    public string? SecretFile { get; set; }

    /// <summary>How far a running cluster has come on its way to TLS or to a secret.</summary>
    [EnumDataType(typeof(ProtectionStage), ErrorMessage = "Webstream__Cluster__Protection is require, use or accept.")]
    public ProtectionStage Protection { get; set; }

    /// <summary>A silo may listen beyond this machine without TLS and without a secret, and a gateway may connect to such silos.</summary>
    public bool Insecure { get; set; }

    /// <summary>A gateway's name, the same after a restart in the same place. The default is the machine's name and the addresses.</summary>
    public string? GatewayName { get; set; }
}
