using System.Reflection;

namespace Webstream.ServiceDefaults;

/// <summary>The product's version; <c>webstream-mcp</c> compiles this file too.</summary>
public static class ProductVersion
{
    /// <summary>The version as people write it, for example <c>1.0.0</c>.</summary>
    public static string Text { get; } =
        typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
