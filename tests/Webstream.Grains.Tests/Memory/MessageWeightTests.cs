using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Webstream.Grains.History;
using Webstream.Grains.Memory;

namespace Webstream.Grains.Tests.Memory;

/// <summary>Compares the weight of messages and keys with the growth of the heap. It runs alone, so that no other test's objects count.</summary>
[Collection(Alone.Name)]
public class MessageWeightTests
{
    // So many messages that memory which other tests leave and free meanwhile counts little beside them.
    private const int Count = 200_000;

    [Theory]
    [InlineData("tiny, in batches", 1, 0, 0, 0, 250)]
    [InlineData("tiny, alone", 1, 0, 0, 32, 1)]
    [InlineData("long keys", 1, 0, 0, 200, 1)]
    [InlineData("options of one letter", 1, 32, 0, 32, 250)]
    [InlineData("with a source", 20, 0, 64, 32, 1)]
    [InlineData("usual", 300, 0, 12, 32, 1)]
    [InlineData("long", 20_000, 0, 0, 32, 1)]
    public async Task Used_RetainedMessages_IsWhatTheHeapGrowsBy(string what, int length, int options, int source, int key, int batch)
    {
        var count = length > 10_000 ? Count / 100 : Count;
        var (grown, charged) = (0L, 0L);
        // Several attempts, because memory that other tests have left may be freed during the measurement.
        for (var attempt = 0; attempt < 10 && !IsNear(grown, charged); attempt++)
        {
            (grown, charged) = await MeasureAsync(count, length, options, source, key, batch);
        }

        IsNear(grown, charged).ShouldBeTrue($"{what}: {grown / count} bytes a message on the heap, {charged / count} charged");
    }

    // A method of its own, so that no object of one attempt is held into the next.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<(long Grown, long Charged)> MeasureAsync(int count, int length, int options, int source, int key, int batch)
    {
        var budget = Budgets.Of(memory: new() { Limit = 1L << 40 });
        var logs = new InMemoryStreamHistories(Options.Create(new HistoryOptions { RetainedBytes = 1L << 40 }), budget, new FakeTimeProvider());
        // Once beforehand, so that no type and no code is made during the measurement.
        await FillAsync(logs, "before", 1000, length, options, source, key, batch);
        var (heap, used) = (Heap(), budget.History.Used);
        for (var stream = 0; stream < count / 1000; stream++)
        {
            await FillAsync(logs, $"s{stream}", 1000, length, options, source, key, batch);
        }

        var measured = (Heap() - heap, budget.History.Used - used);
        GC.KeepAlive(logs);
        return measured;
    }

    private static bool IsNear(long grown, long charged) => grown > 0 && charged / (double)grown is > 0.75 and < 1.25;

    private static async Task FillAsync(
        InMemoryStreamHistories logs, string stream, int count, int length, int options, int source, int key, int batch)
    {
        var name = StreamName.Parse(stream);
        var log = logs.LogOf(name);
        for (var first = 1L; first <= count; first += batch)
        {
            var messages = Enumerable.Range(0, batch).Select(i => new StreamMessage
            {
                Id = new(1, first + i),
                Stream = name,
                Timestamp = DateTimeOffset.UnixEpoch.AddYears(30),
                Message = Text(length),
                Source = source == 0 ? null : Text(source),
                Options = options == 0 ? null : [.. Enumerable.Range(0, options).Select(_ => Text(1))],
            }).ToArray();
            KeyRecord[] keys = key == 0 ? [] : [new(first.ToString().PadLeft(key, '0'), 1, first, batch, messages[0].Timestamp)];
            await log.AppendAsync(new(Guid.NewGuid(), 1, messages, keys), TestContext.Current.CancellationToken);
        }
    }

    private static string Text(int length) => new('x', length);

    // Two collections, because an object with a finalizer is garbage only after the finalizer ran.
    private static long Heap()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}

/// <summary>The tests that measure the memory of the process.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
