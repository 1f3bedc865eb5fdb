using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.Streams;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Streams;

public sealed class PresenceReporterTests : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    private readonly FakeTimeProvider time = new();
    private readonly GrainDouble grain = new();
    private readonly GatewayIdentity gateway = new("test", "test", DateTimeOffset.UnixEpoch);
    private readonly Channel<(PresenceReport Report, TaskCompletionSource Answer)> calls =
        Channel.CreateUnbounded<(PresenceReport, TaskCompletionSource)>();

    private readonly List<StreamStatus> observed = [];
    private readonly PresenceReporter reporter;
    private bool answersAtOnce;

    public PresenceReporterTests()
    {
        grain.BeforeReport = report =>
        {
            var answer = new TaskCompletionSource();
            calls.Writer.TryWrite((report, answer));
            return answersAtOnce ? Task.CompletedTask : answer.Task;
        };
        var owner = new StreamOwner(TestMessages.Stream, grain);
        reporter = new(owner, gateway, Interval, () => new(new(7, 3), HasGap: false), time, NullLogger.Instance);
        owner.AnswerTo(new AnswersDouble
        {
            OnReport = status =>
            {
                reporter.Answered(status.Activation);
                observed.Add(status);
            },
        });
    }

    [Fact]
    public async Task Changes_DuringAReport_GoTogetherIntoTheNext()
    {
        reporter.Start();
        var first = await CallAsync();
        reporter.Add(isForeign: false);
        var a = reporter.ReportAsync();
        reporter.Add(isForeign: false);
        var b = reporter.ReportAsync();
        grain.Reports.Count.ShouldBe(1);

        first.Answer.SetResult();
        var second = await CallAsync();

        second.Report.Clients.ShouldBe(2);
        second.Report.Number.ShouldBeGreaterThan(first.Report.Number);
        second.Report.ShouldBe(new("test", gateway.Incarnation, second.Report.Number, 2, 7, 3));
        (a.IsCompleted, b.IsCompleted).ShouldBe((false, false));
        second.Answer.SetResult();
        (await a).ShouldBe(await b);
        grain.Reports.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Answer_BelongsToAReportThatBeganAfterTheCall()
    {
        reporter.Start();
        var first = await CallAsync();
        var answer = reporter.ReportAsync();
        first.Answer.SetResult();
        var second = await CallAsync();
        answer.IsCompleted.ShouldBeFalse();

        grain.Push(4);
        second.Answer.SetResult();

        (await answer).Head.ShouldBe(4);
        observed.Select(s => s.Head).ShouldBe([0, 4]);
    }

    [Fact]
    public async Task Report_WithoutAnyChange_IsRenewedAtEveryInterval()
    {
        answersAtOnce = true;
        reporter.Start();
        await CallAsync();
        for (var i = 0; i < 3; i++)
        {
            await Until.TrueAsync(() => calls.Reader.TryPeek(out _), () => time.Advance(Interval));
            await CallAsync();
        }
    }

    [Fact]
    public async Task Report_ThatFails_IsRepeatedUntilItIsAnsweredForThoseWhoWait()
    {
        reporter.Start();
        (await CallAsync()).Answer.SetResult();
        var answer = reporter.ReportAsync();
        for (var i = 0; i < 3; i++)
        {
            (await CallAsync()).Answer.SetException(new TimeoutException());
            await Until.TrueAsync(() => calls.Reader.TryPeek(out _), () => time.Advance(TimeSpan.FromMilliseconds(50)));
            answer.IsCompleted.ShouldBeFalse();
        }

        grain.Push(2);
        (await CallAsync()).Answer.SetResult();

        (await answer.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).Head.ShouldBe(2);
    }

    [Fact]
    public async Task Activation_NotReportedTo_IsReportedToAtOnceAndOnce()
    {
        reporter.Start();
        (await CallAsync()).Answer.SetResult();
        await Until.TrueAsync(() => observed.Count == 1);
        reporter.Seen(grain.Status.Activation);
        grain.Reactivate();

        reporter.Seen(grain.Status.Activation);
        (await CallAsync()).Answer.SetResult();
        await Until.TrueAsync(() => observed.Count == 2);
        reporter.Seen(grain.Status.Activation);

        grain.Reports.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Close_TakesTheLastNumberAndDisposeReportsItOnce()
    {
        reporter.Start();
        var first = await CallAsync();
        reporter.Add(isForeign: false);
        reporter.Close();
        var later = gateway.NextReport();
        reporter.Remove(isForeign: false);
        answersAtOnce = true;
        first.Answer.SetResult();

        await reporter.DisposeAsync();

        var last = grain.Reports.Last();
        (last.Clients, last.Last, first.Report.Last).ShouldBe((0, true, false));
        last.Number.ShouldBeGreaterThan(first.Report.Number);
        last.Number.ShouldBeLessThan(later);
        grain.Reports.Count.ShouldBe(2);
    }

    public async ValueTask DisposeAsync()
    {
        // Answers the calls that are still held up.
        answersAtOnce = true;
        while (calls.Reader.TryRead(out var call))
        {
            call.Answer.TrySetResult();
        }

        try
        {
            await reporter.DisposeAsync();
        }
        catch (ObjectDisposedException)
        {
            // The test has disposed of it already.
        }
    }

    private async Task<(PresenceReport Report, TaskCompletionSource Answer)> CallAsync() =>
        await calls.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
}
