using System.Collections.Concurrent;

namespace Webstream.Gateway.Limits;

/// <summary>
/// The budgets of callers. Their number is bounded, because one customer can have any number of addresses: beyond it those are forgotten that were
/// unused the longest. A forgotten caller begins with a full budget, which is no more than it would have with one more address. Budgets with
/// listeners stay; their number is bounded by the connections. Safe for any thread.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class CallerBudgets(TimeProvider time)
{
    /// <summary>How many budgets there are at the most, those with listeners left out.</summary>
    public const int Most = 10_000;

    // How many are forgotten in one go, so that the search for them is rare.
    private const int Forgotten = Most / 4;

    private readonly ConcurrentDictionary<CallerId, CallerBudget> budgets = new();
    private readonly Lock forgetting = new();
    private int count;
    private int forgetAt = Most;

    /// <summary>How many callers are counted now.</summary>
    public int Count => Volatile.Read(ref count);

    /// <summary>The budget of a caller.</summary>
    public CallerBudget Of(CallerId caller)
    {
        if (!budgets.TryGetValue(caller, out var budget))
        {
            budget = Add(caller);
        }

        budget.LastUsed = time.GetTimestamp();
        return budget;
    }

    private CallerBudget Add(CallerId caller)
    {
        if (Count >= Volatile.Read(ref forgetAt))
        {
            ForgetLongestUnused();
        }

        var made = new CallerBudget(time) { LastUsed = time.GetTimestamp() };
        var budget = budgets.GetOrAdd(caller, made);
        if (budget == made)
        {
            Interlocked.Increment(ref count);
        }

        return budget;
    }

    private void ForgetLongestUnused()
    {
        lock (forgetting)
        {
            if (Count < forgetAt)
            {
                return;
            }

            var left = Forgotten;
            foreach (var (caller, budget) in budgets.ToArray().OrderBy(one => one.Value.LastUsed))
            {
                if (left == 0)
                {
                    break;
                }

                if (budget.TryForget() && budgets.TryRemove(new(caller, budget)))
                {
                    Interlocked.Decrement(ref count);
                    left--;
                }
            }

            // Those with listeners stay. When they alone are more than the limit, the next search is only worth it once there are others again.
            forgetAt = Math.Max(Most, Count + Forgotten);
        }
    }
}
