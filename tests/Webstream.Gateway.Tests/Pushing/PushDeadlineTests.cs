using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.Pushing;

namespace Webstream.Gateway.Tests.Pushing;

public sealed class PushDeadlineTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4.5);

    private readonly FakeTimeProvider time = new();

    [Fact]
    public void Owner_IsAskedOnceAndThenAsLongAsItCanAnswerInTime()
    {
        var deadline = new PushDeadline(Patience, time);
        time.Advance(Patience - PushDeadline.AnswerMargin);
        (deadline.MayAsk, deadline.IsTooLateToAsk, deadline.IsOver).ShouldBe((true, true, false));

        deadline.Ask();

        deadline.MayAsk.ShouldBeFalse();
        time.Advance(PushDeadline.AnswerMargin);
        (deadline.IsOver, deadline.AttemptTime).ShouldBe((true, TimeSpan.Zero));
    }

    [Fact]
    public void Owner_AskedInTime_MayBeAskedAgainUntilTheMargin()
    {
        var deadline = new PushDeadline(Patience, time);
        deadline.Ask();
        time.Advance(Patience - PushDeadline.AnswerMargin - TimeSpan.FromMilliseconds(1));

        deadline.MayAsk.ShouldBeTrue();
        time.Advance(TimeSpan.FromMilliseconds(1));
        deadline.MayAsk.ShouldBeFalse();
    }

    [Theory]
    [InlineData(0, 4000)]
    [InlineData(3000, 1000)]
    [InlineData(3500, 500)]
    [InlineData(4000, 250)]
    [InlineData(4400, 50)]
    public void Owner_GetsTheTimeUntilTheMarginOrHalfOfALittle(int elapsed, int expected)
    {
        var deadline = new PushDeadline(Patience, time);
        time.Advance(TimeSpan.FromMilliseconds(elapsed));

        deadline.Ask().ShouldBe(TimeSpan.FromMilliseconds(expected));
    }

    [Theory]
    [InlineData(0, 1000)]
    [InlineData(3800, 700)]
    public void Attempt_IsWaitedForASecondOrWhatIsLeft(int elapsed, int expected)
    {
        var deadline = new PushDeadline(Patience, time);
        time.Advance(TimeSpan.FromMilliseconds(elapsed));

        deadline.AttemptTime.ShouldBe(TimeSpan.FromMilliseconds(expected));
    }

    [Fact]
    public async Task Pauses_DoubleUpToTheLongestAndEndAtTheMargin()
    {
        var deadline = new PushDeadline(TimeSpan.FromSeconds(3), time);
        var pauses = new List<int>();
        for (var pause = deadline.PauseAsync(CancellationToken.None); !pause.IsCompleted; pause = deadline.PauseAsync(CancellationToken.None))
        {
            var waited = 0;
            for (; !pause.IsCompleted; waited += 10)
            {
                time.Advance(TimeSpan.FromMilliseconds(10));
            }

            await pause;
            pauses.Add(waited);
        }

        pauses.ShouldBe([20, 40, 80, 160, 320, 500, 500, 500, 380]);
        deadline.IsTooLateToAsk.ShouldBeTrue();
    }

    [Fact]
    public async Task Pause_OfAPusherThatGivesUp_Ends()
    {
        using var gone = new CancellationTokenSource();
        var pause = new PushDeadline(Patience, time).PauseAsync(gone.Token);

        await gone.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(pause);
    }
}
