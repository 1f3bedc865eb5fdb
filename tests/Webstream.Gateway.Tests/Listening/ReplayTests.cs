using System.Text.RegularExpressions;
using Webstream.Gateway.Tests.Hosting;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Listening;

public sealed partial class ReplayTests
{
    private const int Retained = 50_000;

    [Fact]
    public async Task Listeners_CutAtRandomPointsOfALongReplay_ReceiveEachOnceAndInOrder()
    {
        await using var gateway = await StartAsync();
        var head = await gateway.PushManyAsync(Retained - 2000, "long");
        // Live messages come while the replays run.
        var pushing = Task.Run(() => gateway.PushManyAsync(2000, "long"), TestContext.Current.CancellationToken);

        await Task.WhenAll(Enumerable.Range(1, 6).Select(seed => FollowInPiecesAsync(gateway, head.Epoch, new Random(seed))));

        (await pushing).Sequence.ShouldBe(Retained);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Listener_CutAfterEveryByteOfAShortReplay_ReceivesEachOnceAndInOrder(bool takesIdsAtOnce)
    {
        await using var gateway = await TestGateway.StartAsync();
        var head = await gateway.PushManyAsync(4, "short");
        var begin = $"{head.Epoch:x}-0";
        int length;
        using (var whole = await RawListener.OpenAsync(gateway, "/stream/short", begin, keepsText: true))
        {
            await whole.ReadTextAsync(text => text.EndsWith($"] 4\nid: {head}\n\n", StringComparison.Ordinal));
            length = whole.Text.Length;
        }

        length.ShouldBeGreaterThan(400);
        var cannotBeMended = 0;
        for (var cut = 0; cut <= length; cut++)
        {
            var received = new List<long>();
            string resumeWith;
            using (var first = await RawListener.OpenAsync(gateway, "/stream/short", begin, keepsText: true))
            {
                await first.ReadTextAsync(text => text.Length >= cut);
                first.Text.Length.ShouldBe(cut);
                received.AddRange(first.Received.Select(SequenceOf));
                resumeWith = (takesIdsAtOnce ? first.LastIdRead : first.LastId) ?? begin;
                if (takesIdsAtOnce && EndsWithAnId().IsMatch(first.Text))
                {
                    cannotBeMended++;
                    continue;
                }
            }

            using var second = await RawListener.ConnectAsync(gateway, "/stream/short", resumeWith);
            while ((received.Count == 0 ? 0 : received[^1]) < 4)
            {
                var block = (await second.NextAsync()).ShouldNotBeNull();
                if (block.Type == "message")
                {
                    received.Add(SequenceOf(block));
                }
            }

            received.ShouldBe([1, 2, 3, 4], $"cut after {cut} bytes");
        }

        // There is one such place in each block that has an id: the greeting and four messages.
        cannotBeMended.ShouldBe(takesIdsAtOnce ? 5 : 0);
    }

    [Fact]
    public async Task Listener_SlowerThanWhatComesLive_ReplaysAllOfItWithoutBeingCut()
    {
        await using var gateway = await StartAsync(("Webstream:Listeners:MaxBehindBytes", "65536"), ("Webstream:Listeners:MaxBehindMessages", "100"));
        var head = await gateway.PushManyAsync(2000, "slow", padding: 1000);
        using var listener = await RawListener.ConnectAsync(gateway, "/stream/slow", $"{head.Epoch:x}-0", receiveBuffer: 4096);
        (await listener.NextAsync())!.Value.Type.ShouldBe("resume");
        // Three messages come for each one that it reads. It falls further and further behind, and always makes progress.
        var next = 1L;
        for (; next <= 500; next++)
        {
            await gateway.PushManyAsync(3, "slow", padding: 1000);
            SequenceOf((await listener.NextAsync()).ShouldNotBeNull()).ShouldBe(next);
        }

        for (; next <= 3500; next++)
        {
            SequenceOf((await listener.NextAsync()).ShouldNotBeNull()).ShouldBe(next);
        }

        await gateway.PushManyAsync(1, "slow");
        SequenceOf((await listener.NextAsync()).ShouldNotBeNull()).ShouldBe(3501);
    }

    [Fact]
    public async Task Listener_ThatStandsStillWithinAReplay_IsCut()
    {
        await using var gateway = await StartAsync(
            ("Webstream:Listeners:MaxBehindTime", "00:00:01"), ("Webstream:Listeners:SendBufferBytes", "4096"));
        var head = await gateway.PushManyAsync(5000, "still", padding: 1000);
        using var listener = await RawListener.ConnectAsync(gateway, "/stream/still", $"{head.Epoch:x}-0", receiveBuffer: 4096);

        await Until.TrueAsync(async () => await gateway.ClientsAsync("still") == 0);
    }

    [Fact]
    public async Task History_LongerThanAPage_ComesWholeAndThenLive()
    {
        await using var gateway = await StartAsync();
        var head = await gateway.PushManyAsync(3000, "pages");
        using var listener = await RawListener.ConnectAsync(gateway, "/stream/pages?history=2700");

        listener.Connected.Id.ShouldBe($"{head.Epoch:x}-300");
        await gateway.PushManyAsync(10, "pages");
        for (var sequence = 301; sequence <= 3010; sequence++)
        {
            SequenceOf((await listener.NextAsync()).ShouldNotBeNull()).ShouldBe(sequence);
        }
    }

    // Connects, takes a random number of messages, cuts, and resumes, until it has all.
    private static async Task FollowInPiecesAsync(TestGateway gateway, ulong epoch, Random random)
    {
        var (next, at) = (1L, $"{epoch:x}-0");
        while (next <= Retained)
        {
            using var listener = await RawListener.ConnectAsync(gateway, "/stream/long", at);
            (await listener.NextAsync())!.Value.Type.ShouldBe("resume");
            for (var left = random.Next(1, 6000); left > 0 && next <= Retained; left--)
            {
                var block = (await listener.NextAsync()).ShouldNotBeNull();
                block.Type.ShouldBe("message", block.Data);
                block.Id.ShouldBe($"{epoch:x}-{next++}");
            }

            // Blocks that came along unread do not count as received: the cut takes them too.
            at = $"{epoch:x}-{next - 1}";
        }
    }

    private static long SequenceOf(SseBlock block) => EventId.TryParse(block.Id, out var id) ? id.Sequence : -1;

    [GeneratedRegex(@"\nid: \S+\n\z")]
    private static partial Regex EndsWithAnId();

    private static Task<TestGateway> StartAsync(params (string, string)[] settings) => TestGateway.StartAsync(
        [("Webstream:Log:RetainedMessages", $"{Retained}"), ("Webstream:Log:RetainedBytes", "100000000"), .. settings]);
}
