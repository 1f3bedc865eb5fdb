namespace Webstream.Gateway.Tests.Hosting;

/// <summary>Names for streams, so that no two tests share one.</summary>
internal static class TestStream
{
    public static string New() => $"test-{Guid.NewGuid():N}";
}
