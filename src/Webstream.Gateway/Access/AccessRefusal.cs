using Microsoft.AspNetCore.Authorization;
using Webstream.Protocol;

namespace Webstream.Gateway.Access;

/// <summary>Why a caller may not do what it asks for.</summary>
/// <param name="handler">Who decided.</param>
/// <param name="error">The kind of the refusal.</param>
/// <param name="text">What the caller, or the person who runs the gateway, can do about it.</param>
internal sealed class AccessRefusal(IAuthorizationHandler handler, WebstreamError error, string text) : AuthorizationFailureReason(handler, text)
{
    /// <summary>The refusal as the answer to a request.</summary>
    public WebstreamException ToException() => new(error, Message);
}
