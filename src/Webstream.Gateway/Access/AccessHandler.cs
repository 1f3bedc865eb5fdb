using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Access;

/// <summary>
/// Decides whether a caller may do something to a stream. Nothing else decides that. A caller may do what its key gives and what is open to
/// everybody. The user is a <see cref="Caller"/>, and the resource a <see cref="StreamName"/>, or none.
/// </summary>
internal sealed class AccessHandler(IOptions<AccessOptions> options) : AuthorizationHandler<AccessRequirement>
{
    /// <summary>The error for a page of another origin that asks for more than it may.</summary>
    public const string ForeignReading =
        "A page of another origin, or one that calls this gateway by an unknown name, may only listen to what happens from now on. "
        + "Add its origin to Webstream__AllowedOrigins or the name to Webstream__AllowedHosts, or send a key.";

    private const string WrongKeyText =
        "The key is wrong. Send the one that the gateway's WEBSTREAM_API_KEY holds, as Authorization: Bearer or X-API-Key.";

    private readonly WritePolicy write = options.Value.Write;
    private readonly bool knowsKeys = !string.IsNullOrEmpty(options.Value.ApiKey);

    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, AccessRequirement requirement)
    {
        if (context.User is not Caller caller)
        {
            context.Fail();
        }
        else if (Refusal(caller, requirement, context.Resource as StreamName) is var (error, text))
        {
            context.Fail(new AccessRefusal(this, error, text));
        }
        else
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }

    private (WebstreamError Error, string Text)? Refusal(Caller caller, AccessRequirement requirement, StreamName? stream)
    {
        var rights = caller.Key?.Rights ?? KeyRights.None;
        return requirement.Action switch
        {
            AccessAction.Open or AccessAction.Subscribe => null,
            AccessAction.Publish => KeyRights.Holds(rights.Publish, stream) ? null : RefusalToWrite(caller),
            AccessAction.History => KeyRights.Holds(rights.History, stream) ? null : RefusalToForeign(caller),
            AccessAction.Approve => KeyRights.Holds(rights.Approve, stream) ? null : (WebstreamError.Denied, "This needs a key with the right approve."),
            AccessAction.Identify or AccessAction.List or AccessAction.ListAll or AccessAction.Metrics => caller.Key is not null ? null : RefusalToForeign(caller),
            AccessAction.Admin => rights.Admin ? null : RefusalToAdminister(caller, requirement.What ?? "This"),
            // Always as a refusal for good: a question for a key would make an assistant search for a place to log in.
            AccessAction.Tools => caller.Key is null && RefusalToWrite(caller) is { } refusal ? refusal with { Error = WebstreamError.Denied } : null,
            _ => (WebstreamError.Denied, "Nobody may do this."),
        };
    }

    private static (WebstreamError Error, string Text)? RefusalToForeign(Caller caller) =>
        caller.Foreign is null ? null : (WebstreamError.Denied, ForeignReading);

    private (WebstreamError Error, string Text)? RefusalToWrite(Caller caller)
    {
        // Where the gateway asks for no key, a token that is meant for another server is no reason to refuse.
        if (write != WritePolicy.Open && caller.KeyState == KeyState.Wrong)
        {
            return (WebstreamError.KeyNeeded, WrongKeyText);
        }

        if (write == WritePolicy.Key || (write == WritePolicy.Loopback && !caller.IsLocal))
        {
            return (WebstreamError.KeyNeeded, write == WritePolicy.Key
                ? "Pushing needs a key here. Set WEBSTREAM_API_KEY on the gateway, and send it as Authorization: Bearer or X-API-Key."
                : "Without a key only callers on the gateway's own machine may push, and only at its loopback address: call it as localhost or 127.0.0.1 there. "
                + "For others set WEBSTREAM_API_KEY on the gateway and send it as Authorization: Bearer or X-API-Key, or set Webstream__Write=open to let "
                + "everybody push.");
        }

        return caller.Foreign is { } foreign ? (WebstreamError.Denied, foreign) : null;
    }

    // Whoever may push and wherever the caller is: what it does cannot be undone.
    private (WebstreamError Error, string Text) RefusalToAdminister(Caller caller, string what) => (WebstreamError.KeyNeeded,
        !knowsKeys ? $"{what} needs a key, on this machine too, and the gateway has none. "
            + "Set WEBSTREAM_API_KEY on it, and send that as Authorization: Bearer or X-API-Key."
        : caller.KeyState == KeyState.Wrong ? WrongKeyText
        : $"{what} needs a key, on this machine too. Send the gateway's WEBSTREAM_API_KEY as Authorization: Bearer or X-API-Key.");
}
