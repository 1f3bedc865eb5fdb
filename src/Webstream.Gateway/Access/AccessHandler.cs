using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using Webstream.Gateway.Rules;
using Webstream.Gateway.Tokens;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Access;

/// <summary>
/// Decides whether a caller may do something to a stream. Nothing else decides that. A caller may do what its key gives and what is open to
/// everybody. The user is a <see cref="Caller"/>, and the resource a <see cref="StreamName"/>, or none.
/// </summary>
/// <param name="rules">What is open.</param>
/// <param name="options">The shared key.</param>
/// <param name="tokens">Whose tokens count; none: nobody's.</param>
internal sealed class AccessHandler(StreamRules rules, IOptions<AccessOptions> options, TokenRules? tokens = null)
    : AuthorizationHandler<AccessRequirement>
{
    private readonly RefusalTexts texts = new(options.Value);

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
        if (RefusalOfTicket(caller, requirement.Action, stream) is { } ofTicket)
        {
            return ofTicket;
        }

        var rights = caller.Key?.Rights ?? KeyRights.None;
        return requirement.Action switch
        {
            AccessAction.Open or AccessAction.OwnSession => null,
            AccessAction.Identify => !rights.IsNone ? null : RefusalToForeign(caller),
            AccessAction.Publish => KeyRights.Holds(rights.Publish, stream) ? null : RefusalToWrite(caller, stream),
            AccessAction.Subscribe => KeyRights.Holds(rights.Subscribe, stream) || IsOpen(stream) ? null
                : RefusalTexts.ForReading(caller, "Listening to", "subscribe", stream),
            AccessAction.History => KeyRights.Holds(rights.History, stream) ? null : RefusalToRead(caller, stream),
            AccessAction.Approve => KeyRights.Holds(rights.Approve, stream) ? null : RefusalTexts.ForRight(caller, "approve", stream),
            AccessAction.Describe => HasAny(rights, stream) ? null : RefusalToRead(caller, stream),
            AccessAction.List => RefusalToList(caller, rights, stream),
            AccessAction.ListAll => HasAny(rights, NamePattern.All) ? null
                : rules.HidesSome ? RefusalTexts.ForReading(caller, "Listing", "history", null)
                : RefusalToForeign(caller),
            AccessAction.Metrics => rights.Admin || HasAny(rights, NamePattern.All) ? null
                : rules.Usual.Read == ReadPolicy.Open ? RefusalToForeign(caller)
                : RefusalTexts.ForReading(caller, "Reading the metrics of", "admin", null),
            AccessAction.Admin => rights.Admin ? null : texts.ForAdmin(caller, requirement.What ?? "This"),
            AccessAction.BeginSession => caller.Foreign is { } foreign ? (WebstreamError.Denied, foreign)
                : caller.Key is { IsBySession: false } key && HasPasses(key) ? null
                : RefusalTexts.ForSession(caller),
            AccessAction.Ticket => caller.Key is { } holder && HasPasses(holder) && (KeyRights.Holds(rights.Subscribe, stream) || IsOpen(stream)) ? null
                : RefusalTexts.ForTicket(caller, stream),
            AccessAction.Tools => rights.IsNone && RefusalToWrite(caller, null) is { } refusal ? RefusalOfTools(refusal) : null,
            _ => (WebstreamError.Denied, "Nobody may do this."),
        };
    }

    // Who runs the gateway proves it by a file, and by nothing that others could have in its place.
    private static bool HasPasses(KeyIdentity key) => key.Kind is CallerKind.NamedKey or CallerKind.DefaultKey or CallerKind.Token;

    // A ticket stands in an address, where others may see it. So it opens one thing, and a wrong one opens nothing, also where everything is open: whoever
    // sends it means to listen by it.
    private static (WebstreamError Error, string Text)? RefusalOfTicket(Caller caller, AccessAction action, StreamName? stream) => caller switch
    {
        { KeyState: KeyState.WrongTicket } => (WebstreamError.KeyNeeded, RefusalTexts.WrongTicket),
        { KeyState: KeyState.UnknownTicket } => (WebstreamError.Unavailable, RefusalTexts.UnknownTicket),
        { Key.Ticket: { } ticket } => action switch
        {
            AccessAction.Subscribe when stream is null || stream.Value == ticket.Stream => null,
            AccessAction.Subscribe => (WebstreamError.KeyNeeded, RefusalTexts.TicketForAnother),
            AccessAction.History => (WebstreamError.Denied, RefusalTexts.TicketWithoutHistory),
            _ => (WebstreamError.Denied, RefusalTexts.TicketListensOnly),
        },
        _ => null,
    };

    // Without a stream: whether any is. The endpoint then finds out that the name is none.
    private bool IsOpen(StreamName? stream) => (stream is null ? rules.LoosestRead : rules.Of(stream).Read) == ReadPolicy.Open;

    private (WebstreamError Error, string Text)? RefusalToRead(Caller caller, StreamName? stream) =>
        IsOpen(stream) ? RefusalToForeign(caller) : RefusalTexts.ForReading(caller, "Reading", "history", stream);

    private (WebstreamError Error, string Text)? RefusalToList(Caller caller, KeyRights rights, StreamName? stream)
    {
        if (stream is null)
        {
            // The list itself; what is in it is asked for each stream.
            return !rights.IsNone ? null : RefusalToRead(caller, null);
        }

        return HasAny(rights, stream) ? null
            : rules.Of(stream).Listed ? RefusalToRead(caller, stream)
            : RefusalTexts.ForReading(caller, "Listing", "history", stream);
    }

    // A question for a key makes an assistant search for a place to log in. Where there is none, the refusal is for good.
    private (WebstreamError Error, string Text) RefusalOfTools((WebstreamError Error, string Text) refusal) =>
        tokens?.HasAuthority == true ? refusal : RefusalTexts.ForGood(refusal);

    private static (WebstreamError Error, string Text)? RefusalToForeign(Caller caller) =>
        caller.Foreign is null ? null : (WebstreamError.Denied, RefusalTexts.ForeignReading);

    private (WebstreamError Error, string Text)? RefusalToWrite(Caller caller, StreamName? stream)
    {
        var write = stream is null ? rules.LoosestWrite : rules.Of(stream).Write;
        var isOpen = write switch
        {
            WritePolicy.Open => true,
            // With a wrong key the caller means to be somebody. Where everybody may push, the token may also be another server's.
            WritePolicy.Loopback => caller.IsLocal && caller.KeyState is (KeyState.None or KeyState.Right),
            _ => false,
        };
        return !isOpen || (caller.Foreign is not null && caller.Key is not null) ? RefusalTexts.ForWriting(caller, write, stream)
            : caller.Foreign is { } foreign ? (WebstreamError.Denied, foreign)
            : null;
    }

    private static bool HasAny(KeyRights rights, StreamName? stream) =>
        KeyRights.Holds(rights.Publish, stream) || KeyRights.Holds(rights.Subscribe, stream) || KeyRights.Holds(rights.History, stream);

    // Of every stream.
    private static bool HasAny(KeyRights rights, string pattern) =>
        rights.Publish.Contains(pattern) || rights.Subscribe.Contains(pattern) || rights.History.Contains(pattern);
}
