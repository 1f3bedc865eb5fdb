using Webstream.Protocol;

namespace Webstream.Grains.History.Disk;

/// <summary>
/// New epochs for all streams, because numbers may have been given out that the file does not know of. Messages stay. A stream without messages may
/// have had some, so it gets a new epoch as well.
/// </summary>
internal sealed class DiskRenewal
{
    private readonly List<KeyValuePair<StreamName, EndedLife>> ended;

    /// <param name="heads">The streams.</param>
    /// <param name="ended">How histories ended.</param>
    /// <param name="now">The time.</param>
    public DiskRenewal(IEnumerable<KeyValuePair<StreamName, DiskHead>> heads, EndedLives ended, DateTimeOffset now)
    {
        Heads = heads.ToDictionary(one => one.Key, one => one.Value.InNewEpoch(now));
        this.ended =
        [
            .. ended.All.Where(one => one.Value.Epoch != 0 && !Heads.ContainsKey(one.Key)).Select(one => KeyValuePair.Create(
                one.Key, one.Value with { Epoch = EventId.NewEpoch(), Life = HistoryLives.After(one.Value.Life, now) })),
        ];
    }

    /// <summary>The streams as they go on.</summary>
    public Dictionary<StreamName, DiskHead> Heads { get; }

    /// <summary>Writes the new epochs, inside a transaction.</summary>
    public void Write(DiskRows rows)
    {
        foreach (var (stream, head) in Heads)
        {
            rows.Set(stream, head);
        }

        foreach (var (stream, life) in ended)
        {
            rows.Endings.Add(stream, life);
        }
    }

    /// <summary>Remembers those of streams without a place.</summary>
    public void Remember(EndedLives lives)
    {
        foreach (var (stream, life) in ended)
        {
            lives.Add(stream, life);
        }
    }
}
