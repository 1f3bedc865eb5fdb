using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Webstream.Grains.Memory;
using Webstream.Grains.Streams;
using Webstream.Grains.Tests.History;
using Webstream.Grains.Tests.Memory;

namespace Webstream.Grains.Tests.Streams;

public class StreamEventSenderTests
{
    private readonly FakeTimeProvider time = new();
    private readonly SendDouble<StreamMessage[]> stream = new();
    private readonly MemoryShare share = Budgets.Share(limit: 1L << 40);
    private readonly StreamEventSender sender;

    public StreamEventSenderTests() => sender = new(stream.SendAsync, share, time, NullLogger.Instance);

    [Fact]
    public async Task Add_NothingOnItsWay_SendsAtOnce()
    {
        sender.Add(Messages.Range(1, 3));
        stream.HasNext.ShouldBeTrue();
        Sequences(await stream.NextAsync()).ShouldBe([1, 2, 3]);
        sender.Idle.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Add_WhileOneIsOnItsWay_WaitsAndGoesTogether()
    {
        sender.Add(Messages.Range(1, 1));
        sender.Add(Messages.Range(2, 2));
        sender.Add(Messages.Range(4, 1));

        var first = await stream.NextAsync();
        stream.HasNext.ShouldBeFalse();
        first.Answer();

        var second = await stream.NextAsync();
        Sequences(second).ShouldBe([2, 3, 4]);
        second.Answer();
        await sender.Idle;
        stream.HasNext.ShouldBeFalse();
    }

    [Fact]
    public async Task Add_AfterAllWasSent_SendsAgain()
    {
        sender.Add(Messages.Range(1, 1));
        (await stream.NextAsync()).Answer();
        await sender.Idle;

        sender.Add(Messages.Range(2, 1));

        Sequences(await stream.NextAsync()).ShouldBe([2]);
    }

    [Fact]
    public async Task Send_MoreMessagesThanAnEventHolds_GoInSeveral()
    {
        sender.Add(Messages.Range(1, 1));
        sender.Add(Messages.Range(2, 300));
        (await stream.NextAsync()).Answer();

        var second = await stream.NextAsync();
        Sequences(second).ShouldBe(Enumerable.Range(2, 256).Select(i => (long)i));
        second.Answer();
        Sequences(await stream.NextAsync()).ShouldBe(Enumerable.Range(258, 44).Select(i => (long)i));
    }

    [Fact]
    public async Task Send_MoreBytesThanAnEventHolds_GoInSeveral()
    {
        sender.Add(Messages.Range(1, 5, new string('x', 64 * 1024)));
        Sequences(await stream.NextAsync()).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task Send_MessageLargerThanAnEvent_GoesAlone()
    {
        sender.Add(Messages.Range(1, 2, new string('x', 300 * 1024)));
        Sequences(await stream.NextAsync()).ShouldBe([1]);
    }

    [Fact]
    public async Task Add_BacklogOfTooManyMessages_IsReplacedByANotice()
    {
        sender.Add(Messages.Range(1, 1));
        sender.Add(Messages.Range(2, StreamEventSender.MaxWaitingMessages));
        sender.Add(Messages.Range(2 + StreamEventSender.MaxWaitingMessages, 1));
        var newer = Messages.Range(3 + StreamEventSender.MaxWaitingMessages, 2);
        sender.Add(newer);

        (await stream.NextAsync()).Answer();
        var notice = await stream.NextAsync();
        notice.Content.ShouldBeEmpty();
        notice.Answer();

        // Messages from after the cut follow the notice.
        (await stream.NextAsync()).Content.ShouldBe(newer);
    }

    [Fact]
    public async Task Add_BacklogOfTooManyBytes_IsReplacedByANotice()
    {
        sender.Add(Messages.Range(1, 1));
        sender.Add(Messages.Range(2, 33, new string('x', 64 * 1024)));
        (await stream.NextAsync()).Answer();
        (await stream.NextAsync()).Content.ShouldBeEmpty();
    }

    [Fact]
    public async Task Add_BytesThatWereSent_CountNoMore()
    {
        for (var i = 0; i < 100; i++)
        {
            sender.Add(Messages.Range(i + 1, 1, new string('x', 64 * 1024)));
            var sent = await stream.NextAsync();
            sent.Content.ShouldHaveSingleItem();
            sent.Answer();
        }
    }

    [Fact]
    public async Task Send_Failure_IsFollowedByANoticeAfterAPause()
    {
        sender.Add(Messages.Range(1, 2));
        (await stream.NextAsync()).Fail();
        sender.Add(Messages.Range(3, 1));

        time.Advance(TimeSpan.FromMilliseconds(99));
        stream.HasNext.ShouldBeFalse();
        time.Advance(TimeSpan.FromMilliseconds(1));

        var notice = await stream.NextAsync();
        notice.Content.ShouldBeEmpty();
        notice.Answer();
        Sequences(await stream.NextAsync()).ShouldBe([3]);
    }

    [Fact]
    public async Task Send_NoticeThatFails_IsSentAgain()
    {
        sender.Add(Messages.Range(1, 1));
        (await stream.NextAsync()).Fail();
        time.Advance(TimeSpan.FromMilliseconds(100));
        (await stream.NextAsync()).Fail();
        time.Advance(TimeSpan.FromMilliseconds(100));

        var notice = await stream.NextAsync();
        notice.Content.ShouldBeEmpty();
        notice.Answer();
        await sender.Idle;
    }

    private static IEnumerable<long> Sequences(SendDouble<StreamMessage[]>.Call call) => call.Content.Select(m => m.Id.Sequence);

    [Fact]
    public async Task Add_MoreThanMayWaitOverAllStreams_TellsOnlyWhereTheHeadIs()
    {
        sender.Add(Messages.Range(1, 1));
        var first = await stream.NextAsync();
        share.Used.ShouldBePositive();
        // Pushes of other streams take the rest of the share.
        share.TryTake(share.Limit - share.Used).ShouldBeTrue();
        sender.Add(Messages.Range(2, 1));
        share.Return(share.Used);

        first.Answer();

        (await stream.NextAsync()).Content.ShouldBeEmpty();
    }

    [Fact]
    public async Task Used_EventsThatWaitAndAreSent_IsGivenBack()
    {
        sender.Add(Messages.Range(1, 1));
        var first = await stream.NextAsync();
        sender.Add(Messages.Range(2, 3));
        var waiting = share.Used;
        first.Answer();
        var second = await stream.NextAsync();
        share.Used.ShouldBeLessThan(waiting);
        second.Answer();
        await sender.Idle;
        share.Used.ShouldBe(0);

        // The same holds for messages that are given up.
        sender.Add(Messages.Range(5, 1));
        var third = await stream.NextAsync();
        sender.Add(Messages.Range(6, StreamEventSender.MaxWaitingMessages));
        sender.Add(Messages.Range(6 + StreamEventSender.MaxWaitingMessages, 1));
        third.Answer();
        (await stream.NextAsync()).Answer();
        await sender.Idle;
        share.Used.ShouldBe(0);
    }
}
