namespace Webstream.Gateway.Limits;

/// <summary>What is limited for each caller.</summary>
internal enum Limit
{
    /// <summary><see cref="LimitsOptions.MessagesPerSecond"/>.</summary>
    Messages,

    /// <summary><see cref="LimitsOptions.BytesPerSecond"/>.</summary>
    Bytes,

    /// <summary><see cref="LimitsOptions.NewStreamsPerMinute"/>.</summary>
    NewStreams,

    /// <summary><see cref="LimitsOptions.RequestsPerSecond"/>.</summary>
    Requests,

    /// <summary><see cref="PushPaceOptions.PerSecond"/>.</summary>
    Pushes,

    /// <summary><see cref="LimitsOptions.Listeners"/>.</summary>
    Listeners,

    /// <summary><see cref="LimitsOptions.WrongKeysPerMinute"/>.</summary>
    WrongKeys,

    /// <summary><see cref="Grains.KeyLimits.Streams"/>.</summary>
    KeyStreams,

    /// <summary><see cref="Grains.KeyLimits.Bytes"/>.</summary>
    KeyBytes,
}
