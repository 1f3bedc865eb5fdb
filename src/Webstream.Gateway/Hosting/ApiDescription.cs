using Microsoft.OpenApi;
using Webstream.Gateway.Addresses;
using Webstream.Protocol;
using Webstream.ServiceDefaults;

namespace Webstream.Gateway.Hosting;

/// <summary><c>GET /openapi/v1.json</c>.</summary>
internal static class ApiDescription
{
    public static IServiceCollection AddApiDescription(this IServiceCollection services) => services.AddOpenApi(options =>
    {
        // HEAD is wherever GET is, and need not be said for each.
        options.ShouldInclude = static description => description.HttpMethod != HttpMethods.Head;
        options.AddDocumentTransformer((document, context, _) =>
        {
            document.Info = new() { Title = "Webstream", Version = ProductVersion.Text };
            var services = context.ApplicationServices;
            var request = services.GetRequiredService<IHttpContextAccessor>().HttpContext?.Request;
            document.Servers = [.. services.GetRequiredService<KnownAddresses>().OpenFor(request).Take(1).Select(address => new OpenApiServer { Url = address.AbsoluteUri })];
            return Task.CompletedTask;
        });
        // Types with a written form of their own are strings to everybody else.
        options.AddSchemaTransformer((schema, context, _) =>
        {
            var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
            if (type == typeof(EventId) || type == typeof(StreamName))
            {
                schema.Type = JsonSchemaType.String;
                schema.Properties?.Clear();
            }

            return Task.CompletedTask;
        });
    });
}
