namespace Webstream.Gateway.Access;

/// <summary>What a request does, as far as its caller's rights are concerned.</summary>
internal enum AccessAction
{
    /// <summary>Asks what everybody may know: whether the gateway is well, and which requests it takes.</summary>
    Open,

    /// <summary>Asks which product and instance this is. Everybody but pages of unknown origins.</summary>
    Identify,

    /// <summary>Pushes to a stream; without a stream: to any.</summary>
    Publish,

    /// <summary>Listens to what happens from now on in a stream.</summary>
    Subscribe,

    /// <summary>Reads what a stream retains.</summary>
    History,

    /// <summary>Answers a question that asks for a permission.</summary>
    Approve,

    /// <summary>Asks for the state of a stream whose name the caller knows.</summary>
    Describe,

    /// <summary>Learns from a list that a stream is there; without a stream: asks for the list of those that the caller may know.</summary>
    List,

    /// <summary>Learns of all streams that are there.</summary>
    ListAll,

    /// <summary>Reads the metrics, which name streams.</summary>
    Metrics,

    /// <summary>Changes what cannot be undone: streams as a whole, histories as a whole, keys.</summary>
    Admin,

    /// <summary>Begins a session: a browser has then what the caller's key gives.</summary>
    BeginSession,

    /// <summary>Asks for its own session, or ends it.</summary>
    OwnSession,

    /// <summary>Makes a ticket, with which somebody listens to a stream; without a stream: to any.</summary>
    Ticket,

    /// <summary>Calls tools. What a tool does is an action of its own.</summary>
    Tools,
}
