namespace Webstream.Bench.Listening;

/// <summary>Determines which listener of all threads gets a message first.</summary>
internal sealed class FirstArrival(int lanes)
{
    private readonly int[] _highest = [.. Enumerable.Repeat(-1, lanes)];

    public bool Claim(int number)
    {
        ref var highest = ref _highest[(uint)number % (uint)lanes];
        var seen = Volatile.Read(ref highest);
        while (number > seen)
        {
            var before = Interlocked.CompareExchange(ref highest, number, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }

        return false;
    }
}
