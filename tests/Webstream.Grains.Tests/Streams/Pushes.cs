namespace Webstream.Grains.Tests.Streams;

/// <summary>Pushes as gateways send them.</summary>
internal static class Pushes
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>A push of these texts with this key.</summary>
    public static PublishCommand WithKey(string key, params string[] texts) => new([.. texts.Select(text => new PushItem { Message = text })], key, Patience);

    /// <summary>A push of these texts with a key of its own.</summary>
    public static PublishCommand Of(params string[] texts) => WithKey(Guid.NewGuid().ToString("N"), texts);

    /// <summary>A push of that many messages.</summary>
    public static PublishCommand OfCount(int count) => Of([.. Enumerable.Range(1, count).Select(i => $"m{i}")]);

    /// <summary>As a gateway does: whatever went wrong, the same key again.</summary>
    public static async Task<PublishAnswer> UntilItIsInAsync(IStreamGrain grain, PublishCommand command)
    {
        while (true)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            try
            {
                var answer = await grain.Publish(command);
                if (answer.Outcome is PublishOutcome.Accepted or PublishOutcome.Duplicate)
                {
                    return answer;
                }
            }
            catch (Exception failure) when (failure is TimeoutException or Orleans.Runtime.OrleansException or Webstream.Grains.Log.LogAwayException)
            {
                // The silo is gone and the next one not known yet, or an owner on a busy machine does not reach its log.
                await Task.Yield();
            }
        }
    }
}
