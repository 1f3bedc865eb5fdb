namespace Webstream.Gateway.Memory;

/// <summary>The outcome of a request for memory.</summary>
internal enum Room
{
    /// <summary>The caller has the memory.</summary>
    Given,

    /// <summary>The share is used up, or others wait for it.</summary>
    None,

    /// <summary>More than half of the share is used, and the caller's address has half of it.</summary>
    NoneForThisAddress,
}
