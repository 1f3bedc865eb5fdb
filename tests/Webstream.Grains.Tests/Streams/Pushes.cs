namespace Webstream.Grains.Tests.Streams;

/// <summary>Pushes as gateways send them.</summary>
internal static class Pushes
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>A push of these texts with this key.</summary>
    public static PushCommand WithKey(string key, params string[] texts) => new([.. texts.Select(text => new PushItem { Message = text })], key, Patience);

    /// <summary>A push of these texts with a key of its own.</summary>
    public static PushCommand Of(params string[] texts) => WithKey(Guid.NewGuid().ToString("N"), texts);

    /// <summary>A push of that many messages.</summary>
    public static PushCommand OfCount(int count) => Of([.. Enumerable.Range(1, count).Select(i => $"m{i}")]);

    /// <summary>Retries as a gateway does: after any failure, with the same key.</summary>
    public static async Task<PushResult> UntilItIsInAsync(IStreamGrain grain, PushCommand command)
    {
        while (true)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            try
            {
                var answer = await grain.Push(command);
                if (answer.Outcome is PushOutcome.Accepted or PushOutcome.Duplicate)
                {
                    return answer;
                }
            }
            catch (Exception failure) when (failure is TimeoutException or Orleans.Runtime.OrleansException or Webstream.Grains.History.HistoryAwayException)
            {
                // The silo is gone and the next one is not known yet, or an owner on a busy machine does not reach its history.
                await Task.Yield();
            }
        }
    }
}
