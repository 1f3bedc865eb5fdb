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

    protected override async Task HandleRequirementAsync(AuthorizationHandlerContext context, AccessRequirement requirement)
    {
        if (context.User is not Caller caller)
        {
            context.Fail();
        }
        else if (await RefusalAsync(caller, requirement, context.Resource as StreamName) is var (error, text))
        {
            context.Fail(new AccessRefusal(this, error, text));
        }
        else
        {
            context.Succeed(requirement);
        }
    }

    private async ValueTask<(WebstreamError Error, string Text)?> RefusalAsync(Caller caller, AccessRequirement requirement, StreamName? stream)
    {
        if (RefusalOfTicket(caller, requirement.Action, stream) is { } ofTicket)
        {
            return ofTicket;
        }

        if (requirement.Action == AccessAction.Metrics)
        {
            // Whoever may read them: the streams that they name follow the rules.
            _ = await rules.NowAsync();
        }

        if (IsGiven(caller.Key?.Rights ?? KeyRights.None, requirement.Action, stream))
        {
            return null;
        }

        return requirement.Action switch
        {
            AccessAction.Identify => RefusalToForeign(caller),
            AccessAction.Approve => RefusalTexts.ForRight(caller, "approve", stream),
            AccessAction.Metrics => rules.Usual.Read == ReadPolicy.Open ? RefusalToForeign(caller)
                : RefusalTexts.ForReading(caller, "Reading the metrics of", "admin", null),
            AccessAction.Admin => texts.ForAdmin(caller, requirement.What ?? "This"),
            AccessAction.BeginSession => caller.Foreign is { } foreign ? (WebstreamError.Denied, foreign)
                : caller.Key is { IsBySession: false } key && HasPasses(key) ? null
                : RefusalTexts.ForSession(caller),
            AccessAction.Ticket when caller.Key is not { } holder || !HasPasses(holder) => RefusalTexts.ForTicket(caller, stream),
            // What is open without a key is known only with the rules.
            _ => await rules.NowAsync() is { } now ? RefusalBy(now, caller, requirement.Action, stream) : RefusalTexts.ForUnknownRules(rules.Failure),
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

    private static bool IsGiven(KeyRights rights, AccessAction action, StreamName? stream) => action switch
    {
        AccessAction.Open or AccessAction.OwnSession => true,
        AccessAction.Identify or AccessAction.Tools => !rights.IsNone,
        AccessAction.Publish => KeyRights.Holds(rights.Publish, stream),
        AccessAction.Subscribe or AccessAction.Ticket => KeyRights.Holds(rights.Subscribe, stream),
        AccessAction.History => KeyRights.Holds(rights.History, stream),
        AccessAction.Approve => KeyRights.Holds(rights.Approve, stream),
        AccessAction.Describe => HasAny(rights, stream),
        // The list itself; what is in it is asked for each stream.
        AccessAction.List => stream is null ? !rights.IsNone : HasAny(rights, stream),
        AccessAction.ListAll => HasAny(rights, NamePattern.All),
        AccessAction.Metrics => rights.Admin || HasAny(rights, NamePattern.All),
        AccessAction.Admin => rights.Admin,
        _ => false,
    };

    private (WebstreamError Error, string Text)? RefusalBy(RuleSet now, Caller caller, AccessAction action, StreamName? stream) => action switch
    {
        AccessAction.Publish => RefusalToWrite(now, caller, stream),
        AccessAction.Subscribe => IsOpen(now, stream) ? null : RefusalTexts.ForReading(caller, "Listening to", "subscribe", stream),
        AccessAction.Ticket => IsOpen(now, stream) ? null : RefusalTexts.ForTicket(caller, stream),
        AccessAction.History or AccessAction.Describe => RefusalToRead(now, caller, stream),
        AccessAction.List => stream is null || now.Of(stream).Listed ? RefusalToRead(now, caller, stream)
            : RefusalTexts.ForReading(caller, "Listing", "history", stream),
        AccessAction.ListAll => now.HidesSome ? RefusalTexts.ForReading(caller, "Listing", "history", null) : RefusalToForeign(caller),
        AccessAction.Tools => RefusalToWrite(now, caller, null) is { } refusal ? RefusalOfTools(refusal) : null,
        _ => (WebstreamError.Denied, "Nobody may do this."),
    };

    // Without a stream: whether any is. The endpoint then finds out that the name is none.
    private static bool IsOpen(RuleSet now, StreamName? stream) => (stream is null ? now.LoosestRead : now.Of(stream).Read) == ReadPolicy.Open;

    private static (WebstreamError Error, string Text)? RefusalToRead(RuleSet now, Caller caller, StreamName? stream) =>
        IsOpen(now, stream) ? RefusalToForeign(caller) : RefusalTexts.ForReading(caller, "Reading", "history", stream);

    // A question for a key makes an assistant search for a place to log in. Where there is none, the refusal is for good.
    private (WebstreamError Error, string Text) RefusalOfTools((WebstreamError Error, string Text) refusal) =>
        tokens?.HasAuthority == true ? refusal : RefusalTexts.ForGood(refusal);

    private static (WebstreamError Error, string Text)? RefusalToForeign(Caller caller) =>
        caller.Foreign is null ? null : (WebstreamError.Denied, RefusalTexts.ForeignReading);

    private static (WebstreamError Error, string Text)? RefusalToWrite(RuleSet now, Caller caller, StreamName? stream)
    {
        var write = stream is null ? now.LoosestWrite : now.Of(stream).Write;
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
