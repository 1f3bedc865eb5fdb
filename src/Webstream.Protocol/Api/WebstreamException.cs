namespace Webstream.Protocol;

/// <summary>Why a request was not carried out. Each has its HTTP status: see the table of errors in the wire contract.</summary>
public enum WebstreamError
{
    /// <summary>The request is malformed: mend it. 400.</summary>
    Invalid,

    /// <summary>A message, a batch or a body is over its bound: send less. 413.</summary>
    TooLarge,

    /// <summary>The stream is closed, and takes no more messages. 409.</summary>
    Closed,

    /// <summary>The key was used for another text: use a new one. 422.</summary>
    KeyReused,

    /// <summary>Nothing was pushed, because the cluster cannot take it now: send it again later. 503.</summary>
    Unavailable,

    /// <summary>It is not known whether the messages were pushed: send them again with the same key. 504.</summary>
    Unknown,

    /// <summary>The request took too long to come: send it again, faster or in parts. 408.</summary>
    TooSlow,

    /// <summary>The stream's history was moved away, and goes on elsewhere: send it there. 409.</summary>
    Moved,

    /// <summary>The caller has as much under way as one caller may have: wait until that is done, then send it again. 429.</summary>
    TooMuch,

    /// <summary>This needs a key, and the caller sent none or a wrong one. 401.</summary>
    KeyNeeded,

    /// <summary>The caller may not do this. 403.</summary>
    Denied,

    /// <summary>It cannot be done in the present state of things. 409.</summary>
    Conflict,
}

/// <summary>A request that was not carried out. The text says how to mend it, and may be shown to the caller.</summary>
public sealed class WebstreamException(WebstreamError error, string message) : Exception(message)
{
    /// <summary>The kind of failure.</summary>
    public WebstreamError Error { get; } = error;

    /// <summary>With <see cref="WebstreamError.Unknown"/>: the key to send the same push again with, so that it is not pushed twice.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>How long to wait before the next try, where that is known.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
