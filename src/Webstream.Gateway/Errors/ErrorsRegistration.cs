namespace Webstream.Gateway.Errors;

/// <summary>Registers the one form of every error.</summary>
internal static class ErrorsRegistration
{
    public static IServiceCollection AddProblems(this IServiceCollection services) =>
        services.AddProblemDetails(options => options.CustomizeProblemDetails = Problems.Customise);

    /// <summary>Gives that form to failures, and to answers that have only a status.</summary>
    public static void UseProblems(this WebApplication app)
    {
        app.UseExceptionHandler(failed => failed.Run(Problems.ForFailure));
        app.UseStatusCodePages(bare => Problems.ForStatus(bare.HttpContext));
    }
}
