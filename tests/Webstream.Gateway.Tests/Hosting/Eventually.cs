namespace Webstream.Gateway.Tests.Hosting;

/// <summary>For what the gateway does in its own time and tells nobody: asks again until it is so.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public static async Task BecomesAsync(Func<Task<bool>> condition, string what)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!await condition())
        {
            patience.IsCancellationRequested.ShouldBeFalse($"still not: {what}");
            await Task.Delay(Pause, CancellationToken.None);
        }
    }
}
