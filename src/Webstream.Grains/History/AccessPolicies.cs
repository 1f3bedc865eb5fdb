namespace Webstream.Grains;

/// <summary>Who may push without a key, from the strictest on.</summary>
public enum WritePolicy
{
    /// <summary>Everybody needs a key.</summary>
    Key,

    /// <summary>Callers on the gateway's machine; other callers need a key.</summary>
    Loopback,

    /// <summary>Everybody who can reach the gateway.</summary>
    Open,
}

/// <summary>Who may listen and read without a key.</summary>
public enum ReadPolicy
{
    /// <summary>Everybody who can reach the gateway.</summary>
    Open,

    /// <summary>Everybody needs a key.</summary>
    Key,
}
