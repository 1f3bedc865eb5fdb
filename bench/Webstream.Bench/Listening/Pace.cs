namespace Webstream.Bench.Listening;

/// <summary>How a listener reads once it is connected.</summary>
internal enum Pace : byte
{
    Full,

    /// <summary>A small read now and then.</summary>
    Slow,

    /// <summary>Never.</summary>
    Stalled,
}
