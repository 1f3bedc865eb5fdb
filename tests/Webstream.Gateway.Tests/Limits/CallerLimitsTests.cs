using Webstream.Gateway.Limits;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Limits;

public sealed class CallerLimitsTests
{
    private static readonly CountedRequest Request = new(AsRequest: true, AsPush: false);

    [Fact]
    public void Messages_BeyondTheLimit_AreRefusedUntilTimeHasPassed()
    {
        var rig = new LimitsRig(new() { MessagesPerSecond = 5 });
        var caller = CallerDouble.From("203.0.113.7");
        for (var i = 0; i < 5; i++)
        {
            rig.Push(caller).ShouldBeNull();
        }

        var refusal = rig.Push(caller).ShouldNotBeNull();
        refusal.Error.ShouldBe(WebstreamError.TooMuch);
        refusal.RetryAfter.ShouldBe(TimeSpan.FromMilliseconds(200));
        refusal.Message.ShouldStartWith("The address 203.0.113.7 may push 5 messages a second at this gateway (Webstream__Limits__MessagesPerSecond). Nothing was pushed.");
        rig.Refused("messages").ShouldBe(1);
        // Nobody else pays for it.
        rig.Push(CallerDouble.From("203.0.113.8")).ShouldBeNull();
        rig.Push(CallerDouble.With("ci")).ShouldBeNull();

        rig.Time.Advance(TimeSpan.FromMilliseconds(199));
        rig.Push(caller).ShouldNotBeNull();
        rig.Time.Advance(TimeSpan.FromMilliseconds(1));
        rig.Push(caller).ShouldBeNull();
        rig.Push(caller).ShouldNotBeNull();
    }

    [Fact]
    public void Batch_CountsAsWhatItHolds()
    {
        var rig = new LimitsRig(new() { MessagesPerSecond = 5 });
        var caller = CallerDouble.From("203.0.113.7");

        // Larger than the limit: it passes from the full, and the next one waits until the rate holds again.
        rig.Push(caller, count: 256).ShouldBeNull();

        rig.Push(caller).ShouldNotBeNull().RetryAfter.ShouldBe(TimeSpan.FromSeconds(50.4));
        rig.Time.Advance(TimeSpan.FromSeconds(50.4));
        rig.Push(caller).ShouldBeNull();
        rig.Push(caller, count: 256).ShouldNotBeNull().RetryAfter.ShouldBe(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Bytes_BeyondTheLimit_AreRefusedUntilTimeHasPassed_AndTakeNoMessages()
    {
        var rig = new LimitsRig(new() { MessagesPerSecond = 3, BytesPerSecond = 1000 });
        var caller = CallerDouble.From("203.0.113.7");
        rig.Push(caller, length: 10_000).ShouldBeNull();

        for (var i = 0; i < 10; i++)
        {
            var refusal = rig.Push(caller).ShouldNotBeNull();
            refusal.Message.ShouldContain("may push 1000 bytes a second at this gateway (Webstream__Limits__BytesPerSecond)");
        }

        rig.Refused("bytes").ShouldBe(10);
        rig.Time.Advance(TimeSpan.FromSeconds(11));
        rig.Push(caller).ShouldBeNull();
        rig.Push(caller, count: 2).ShouldBeNull();
    }

    [Fact]
    public void LimitsOfAKey_ReplaceThoseForEverybody_AlsoWhereTheyAreChanged()
    {
        var rig = new LimitsRig(new() { MessagesPerSecond = 2 });
        rig.Push(CallerDouble.With("fast", new() { MessagesPerSecond = 100 }), count: 100).ShouldBeNull();
        rig.Push(CallerDouble.With("fast", new() { MessagesPerSecond = 100 })).ShouldNotBeNull().Message
            .ShouldStartWith("The key fast may push 100 messages a second at this gateway (messagesPerSecond of the key's limits).");
        rig.Push(CallerDouble.With("usual", new() { BytesPerSecond = 1_000_000 }), count: 2).ShouldBeNull();
        rig.Push(CallerDouble.With("usual")).ShouldNotBeNull().Message.ShouldContain("Webstream__Limits__MessagesPerSecond");

        // The key was made again with other limits, and is the same caller.
        rig.Time.Advance(TimeSpan.FromSeconds(100));
        rig.Push(CallerDouble.With("fast", new() { MessagesPerSecond = 1 })).ShouldBeNull();
        rig.Push(CallerDouble.With("fast", new() { MessagesPerSecond = 1 })).ShouldNotBeNull();
    }

    [Fact]
    public void Addresses_OfOneIPv6Network_AreOneCaller()
    {
        var rig = new LimitsRig(new() { MessagesPerSecond = 1 });
        rig.Push(CallerDouble.From("2001:db8:1:2::1")).ShouldBeNull();

        rig.Push(CallerDouble.From("2001:db8:1:2:ffff::9")).ShouldNotBeNull().Message.ShouldStartWith("The address 2001:db8:1:2::/64 may push");
        rig.Push(CallerDouble.From("2001:db8:1:3::1")).ShouldBeNull();
        rig.Push(CallerDouble.From("::ffff:203.0.113.7")).ShouldBeNull();
        rig.Push(CallerDouble.From("203.0.113.7")).ShouldNotBeNull();
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void Callers_OfThisMachine_AreNotLimited(string address)
    {
        var rig = new LimitsRig(new() { MessagesPerSecond = 1, NewStreamsPerMinute = 1, RequestsPerSecond = 1, Listeners = 1, WrongKeysPerMinute = 1 });
        var caller = CallerDouble.From(address);

        for (var i = 0; i < 3; i++)
        {
            rig.Push(caller).ShouldBeNull();
            rig.Limits.TakeNewStream(caller).ShouldBeNull();
            rig.Limits.TakeRequest(caller, Request).ShouldBeNull();
            rig.Limits.TakeListener(caller, out _).ShouldBeNull();
            rig.Limits.TakeWrongKey(caller).ShouldBeNull();
        }

        rig.Budgets.Count.ShouldBe(0);
        // With a key they are.
        rig.Push(CallerDouble.With("ci", null, address)).ShouldBeNull();
        rig.Push(CallerDouble.With("ci", null, address)).ShouldNotBeNull();
    }

    [Fact]
    public void NewStreams_BeyondTheLimit_AreRefusedUntilTimeHasPassed_AndWhatWasNotUsedComesBack()
    {
        var rig = new LimitsRig(new() { NewStreamsPerMinute = 2 });
        var caller = CallerDouble.From("203.0.113.7");
        rig.Limits.TakeNewStream(caller).ShouldBeNull();
        rig.Limits.TakeNewStream(caller).ShouldBeNull();
        rig.Limits.TakeNewStream(caller).ShouldNotBeNull().Message.ShouldContain("may begin 2 streams a minute at this gateway (Webstream__Limits__NewStreamsPerMinute)");

        rig.Limits.ReturnNewStream(caller);

        rig.Limits.TakeNewStream(caller).ShouldBeNull();
        rig.Limits.TakeNewStream(caller).ShouldNotBeNull().RetryAfter.ShouldBe(TimeSpan.FromSeconds(30));
        rig.Time.Advance(TimeSpan.FromSeconds(30));
        rig.Limits.TakeNewStream(caller).ShouldBeNull();
    }

    [Fact]
    public void Requests_BeyondTheLimit_AreRefusedUntilTimeHasPassed()
    {
        var rig = new LimitsRig(new() { RequestsPerSecond = 2 }, pushesPerSecond: 1);
        var caller = CallerDouble.From("203.0.113.7");
        rig.Limits.TakeRequest(caller, Request).ShouldBeNull();
        rig.Limits.TakeRequest(caller, Request).ShouldBeNull();
        rig.Limits.TakeRequest(caller, Request).ShouldNotBeNull().Message.ShouldContain("Webstream__Limits__RequestsPerSecond");
        rig.Refused("requests").ShouldBe(1);
        // Pushes have a limit of their own.
        rig.Limits.TakeRequest(caller, new(AsRequest: false, AsPush: true)).ShouldBeNull();
        rig.Limits.TakeRequest(caller, new(AsRequest: false, AsPush: true)).ShouldNotBeNull().Message.ShouldContain("Webstream__Push__PerSecond");

        rig.Time.Advance(TimeSpan.FromSeconds(1));

        rig.Limits.TakeRequest(caller, Request).ShouldBeNull();
    }

    [Fact]
    public void Listeners_BeyondTheLimit_AreRefusedUntilOneGoes()
    {
        var rig = new LimitsRig(new() { Listeners = 2 });
        var caller = CallerDouble.From("203.0.113.7");
        rig.Limits.TakeListener(caller, out var first).ShouldBeNull();
        rig.Limits.TakeListener(caller, out _).ShouldBeNull();
        rig.Limits.TakeListener(caller, out _).ShouldNotBeNull().Message.ShouldContain("may have 2 listeners at this gateway (Webstream__Limits__Listeners)");
        rig.Limits.TakeListener(CallerDouble.With("ci", new() { Listeners = 1 }), out _).ShouldBeNull();
        rig.Limits.TakeListener(CallerDouble.With("ci", new() { Listeners = 1 }), out _).ShouldNotBeNull().Message.ShouldContain("listeners of the key's limits");

        first!.Dispose();
        first.Dispose();

        rig.Limits.TakeListener(caller, out _).ShouldBeNull();
        rig.Limits.TakeListener(caller, out _).ShouldNotBeNull();
    }

    [Fact]
    public void Limit_ThatIsZero_RefusesNothing()
    {
        var rig = new LimitsRig(new()
        {
            MessagesPerSecond = 0,
            BytesPerSecond = 0,
            NewStreamsPerMinute = 0,
            RequestsPerSecond = 0,
            Listeners = 0,
            WrongKeysPerMinute = 0,
        });
        var caller = CallerDouble.From("203.0.113.7");
        for (var i = 0; i < 20_000; i++)
        {
            rig.Push(caller, count: 2).ShouldBeNull();
            rig.Limits.TakeNewStream(caller).ShouldBeNull();
            rig.Limits.TakeRequest(caller, Request).ShouldBeNull();
            rig.Limits.TakeListener(caller, out _).ShouldBeNull();
            rig.Limits.TakeWrongKey(caller).ShouldBeNull();
        }
    }

    [Fact]
    public void Callers_AreBounded_AndOneWhoIsForgottenIsNotHurt()
    {
        var rig = new LimitsRig(new() { MessagesPerSecond = 1, Listeners = 1 });
        var listener = CallerDouble.From("203.0.113.7");
        rig.Limits.TakeListener(listener, out _).ShouldBeNull();

        // Two IPv6 networks of the size that one customer gets, each with 65,536 parts.
        for (var i = 0; i < 2 * 65_536; i++)
        {
            rig.Time.Advance(TimeSpan.FromMicroseconds(1));
            rig.Push(CallerDouble.From($"2001:db8:{i >> 16:x}:{i & 0xffff:x}::1")).ShouldBeNull();
            rig.Budgets.Count.ShouldBeLessThanOrEqualTo(CallerBudgets.Most + 1);
        }

        // Its listener is still counted.
        rig.Limits.TakeListener(listener, out _).ShouldNotBeNull();
        rig.Push(listener).ShouldBeNull();
    }

    [Fact]
    public async Task Messages_OfManyThreads_AreCountedExactly()
    {
        var rig = new LimitsRig(new() { MessagesPerSecond = 10_000 });
        var caller = CallerDouble.From("203.0.113.7");

        var taken = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Enumerable.Range(0, 5000).Count(_ => rig.Push(caller) is null))));

        taken.Sum().ShouldBe(10_000);
    }
}
