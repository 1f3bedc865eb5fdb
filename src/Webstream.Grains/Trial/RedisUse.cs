namespace Webstream.Grains.Trial;

/// <summary>What a process does in Redis. Each command serves at least one of these.</summary>
[Flags]
internal enum RedisUse
{
    /// <summary>Connecting at all.</summary>
    Connecting = 1,

    /// <summary>Finding the silos: the need of a gateway that is only a client.</summary>
    Finding = 2,

    /// <summary>Joining the silos.</summary>
    Joining = 4,

    /// <summary>Keeping the subscriptions.</summary>
    Subscribing = 8,

    /// <summary>Appending to a history.</summary>
    Appending = 16,

    /// <summary>Reading a history.</summary>
    Reading = 32,

    /// <summary>Trimming a history to its bounds.</summary>
    Trimming = 64,

    /// <summary>Counting the streams and what they retain.</summary>
    Counting = 128,

    /// <summary>A gateway that is only a client.</summary>
    Client = Connecting | Finding,

    /// <summary>Listing the streams, and finding those that are not in the list.</summary>
    Listing = 256,

    /// <summary>Asking Redis for the time.</summary>
    Timing = 512,

    /// <summary>What the history does in scripts.</summary>
    Scripts = Appending | Trimming | Counting,

    /// <summary>What the history does.</summary>
    Log = Scripts | Reading | Listing | Timing,

    /// <summary>A silo, and a gateway that embeds one.</summary>
    Silo = Client | Joining | Subscribing | Log,
}
