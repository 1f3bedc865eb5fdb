using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using Webstream.Protocol;

namespace Webstream.Gateway.Access;

/// <summary>Asks for the decision about a caller: see <see cref="AccessHandler"/>.</summary>
internal sealed class AccessGate(IAuthorizationService authorization, WrongKeys wrongKeys)
{
    /// <summary>Asks this handler.</summary>
    // Not AddAuthorization: with it the framework puts a second check of its own before everything else, for metadata that no endpoint here has.
    public static AccessGate For(AccessHandler handler, WrongKeys wrongKeys, ILoggerFactory logs)
    {
        var options = Options.Create(new AuthorizationOptions());
        var authorization = new DefaultAuthorizationService(
            new DefaultAuthorizationPolicyProvider(options),
            new DefaultAuthorizationHandlerProvider([handler]),
            logs.CreateLogger<DefaultAuthorizationService>(),
            new DefaultAuthorizationHandlerContextFactory(),
            new DefaultAuthorizationEvaluator(),
            options);
        return new(authorization, wrongKeys);
    }

    /// <summary>Why a caller may not do this; none: it may.</summary>
    public async ValueTask<WebstreamException?> RefusalAsync(Caller caller, AccessRequirement requirement, StreamName? stream)
    {
        var result = await authorization.AuthorizeAsync(caller, stream, [requirement]);
        return result.Succeeded ? null
            : result.Failure.FailureReasons.OfType<AccessRefusal>().FirstOrDefault()?.ToException()
            ?? new(WebstreamError.Denied, "Nobody may do this.");
    }

    /// <summary>What a caller is told that is refused: see <see cref="WrongKeys"/>.</summary>
    public WebstreamException Told(Caller caller, WebstreamException refusal) => wrongKeys.Told(caller, refusal);

    /// <summary>Whether a caller may do this.</summary>
    public async ValueTask<bool> AllowsAsync(Caller caller, AccessRequirement requirement, StreamName? stream) =>
        await RefusalAsync(caller, requirement, stream) is null;

    /// <summary>Refuses what a caller may not do.</summary>
    /// <exception cref="WebstreamException">It may not.</exception>
    public async ValueTask DemandAsync(Caller caller, AccessRequirement requirement, StreamName? stream)
    {
        if (await RefusalAsync(caller, requirement, stream) is { } refusal)
        {
            throw Told(caller, refusal);
        }
    }
}
