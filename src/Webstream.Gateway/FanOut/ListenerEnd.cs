namespace Webstream.Gateway.FanOut;

/// <summary>Why a listener does not follow any more.</summary>
internal enum ListenerEnd
{
    /// <summary>It still follows.</summary>
    None,

    /// <summary>The client went away.</summary>
    Gone,

    /// <summary>It was too far behind and was cut; it comes back and resumes by id.</summary>
    TooSlow,

    /// <summary>There was no memory for it, and too many listeners were already waiting for some.</summary>
    NoRoom,

    /// <summary>The gateway is shutting down.</summary>
    Draining,

    /// <summary>The stream was closed, and the listener has got its end mark.</summary>
    Ended,

    /// <summary>It may not listen, or not any more: its key was revoked, has expired, or does not give that.</summary>
    Denied,
}
