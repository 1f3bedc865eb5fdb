using Webstream.Gateway.Access;

namespace Webstream.Gateway.Audit;

/// <summary>Registers the audit.</summary>
internal static class AuditRegistration
{
    public static IServiceCollection AddAudit(this IServiceCollection services) => services
        .AddSingleton(provider => new RefusalCounts(LoggerOf(provider), provider.GetRequiredService<TimeProvider>()))
        .AddSingleton(provider => new AuditTrail(LoggerOf(provider), provider.GetRequiredService<RefusalCounts>()));

    /// <summary>Writes what becomes of requests. Around everything that may refuse one, and after what finds out who asks.</summary>
    public static void UseAudit(this WebApplication app)
    {
        var trail = app.Services.GetRequiredService<AuditTrail>();
        app.Use(async (context, next) =>
        {
            if (!trail.IsOn || context.GetEndpoint()?.Metadata.GetMetadata<AccessRequirement>() is not { Action: not AccessAction.Open } requirement)
            {
                await next(context);
                return;
            }

            // The endpoint may be another one when an answer is made for a failure.
            var notes = trail.WritesAll || requirement.Action is AccessAction.Admin or AccessAction.Ticket ? new AuditNotes() : null;
            if (notes is not null)
            {
                context.Features.Set(notes);
            }

            await next(context);
            trail.Write(context, requirement.Action, notes?.Text ?? "");
        });
    }

    private static ILogger LoggerOf(IServiceProvider services) => services.GetRequiredService<ILoggerFactory>().CreateLogger(AuditTrail.Category);
}
