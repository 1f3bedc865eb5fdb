using System.Reflection;

namespace Webstream.Mcp.Hosting;

/// <summary>The product's version.</summary>
internal static class ProductVersion
{
    public static string Text { get; } =
        typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
