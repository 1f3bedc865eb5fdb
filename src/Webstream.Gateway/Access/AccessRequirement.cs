using Microsoft.AspNetCore.Authorization;

namespace Webstream.Gateway.Access;

/// <summary>What a caller must be allowed to do. As metadata of an endpoint: without it nobody may call the endpoint.</summary>
/// <param name="Action">The action.</param>
/// <param name="What">With <see cref="AccessAction.Admin"/>: what needs a key, as the beginning of a sentence.</param>
internal sealed record AccessRequirement(AccessAction Action, string? What = null) : IAuthorizationRequirement
{
    public static readonly AccessRequirement Publish = new(AccessAction.Publish);

    public static readonly AccessRequirement Subscribe = new(AccessAction.Subscribe);

    public static readonly AccessRequirement History = new(AccessAction.History);

    public static readonly AccessRequirement Describe = new(AccessAction.Describe);

    public static readonly AccessRequirement List = new(AccessAction.List);

    public static readonly AccessRequirement ListAll = new(AccessAction.ListAll);
}

/// <summary>Says what endpoints ask of their callers.</summary>
internal static class AccessConventions
{
    /// <summary>Only callers that may do this reach the endpoint.</summary>
    public static TBuilder Needs<TBuilder>(this TBuilder endpoint, AccessAction action, string? what = null)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new AccessRequirement(action, what));
}
