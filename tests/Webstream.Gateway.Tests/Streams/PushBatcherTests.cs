using Webstream.Gateway.Streams;
using Webstream.Gateway.Tests.Streams;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Streams;

public sealed class PushBatcherTests
{
    private readonly GrainDouble grain = new();
    private readonly Queue<IThreadPoolWorkItem> queue = [];
    private readonly PushBatcher batcher;

    public PushBatcherTests() => batcher = new(new(TestMessages.Stream, grain), queue.Enqueue);

    [Fact]
    public async Task Push_Alone_IsOneOrdinaryCall()
    {
        var push = batcher.PushAsync(Push("a"));
        RunQueue();

        (await push).First.ShouldBe(1);
        Calls().ShouldBe(["a"]);
    }

    [Fact]
    public async Task Pushes_ThatComeBeforeTheTurn_AskTogetherAndGetTheirOwnAnswers()
    {
        var pushes = PushEach("m1", "m2", "m3");
        queue.Count.ShouldBe(1);
        RunQueue();
        var answers = await Task.WhenAll(pushes);
        var next = batcher.PushAsync(Push("next"));
        RunQueue();

        (await next).First.ShouldBe(4);
        answers.Select(answer => answer.First).ShouldBe([1, 2, 3]);
        Calls().ShouldBe(["m1 m2 m3", "next"]);
    }

    [Fact]
    public async Task Pushes_MoreThanACallTakes_AreSeveralCalls()
    {
        var pushes = Enumerable.Range(1, PushBatcher.MaxTogether + 1).Select(i => batcher.PushAsync(Push($"{i}"))).ToArray();
        RunQueue();
        var answers = await Task.WhenAll(pushes);

        grain.PushCalls.Select(call => call.Length).ShouldBe([PushBatcher.MaxTogether, 1]);
        answers.Select(answer => answer.First).ShouldBe(Enumerable.Range(1, pushes.Length).Select(i => (long)i));
    }

    [Fact]
    public async Task Push_OfALargeMessageOrSeveral_AsksAtOnce()
    {
        var small = batcher.PushAsync(Push("small"));
        var large = await batcher.PushAsync(Push(new string('x', PushBatcher.LargestTogether)));
        var several = await batcher.PushAsync(Push("a", "b"));

        (large.First, several.First, several.Count).ShouldBe((1, 2, 2));
        small.IsCompleted.ShouldBeFalse();
        RunQueue();
        (await small).First.ShouldBe(4);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Pushes_WhoseCallFails_AllHearSo(int count)
    {
        grain.BeforePush = () => Task.FromException(new TimeoutException("No answer."));
        var pushes = Enumerable.Range(0, count).Select(i => batcher.PushAsync(Push($"{i}"))).ToArray();
        RunQueue();

        foreach (var push in pushes)
        {
            (await Should.ThrowAsync<TimeoutException>(() => push)).Message.ShouldBe("No answer.");
        }
    }

    [Fact]
    public async Task Push_ThatACallLeftUndecided_IsAskedForAloneWithTheRestOfItsPatience()
    {
        grain.IsUndecided = command => command.Items[0].Message == "b";
        var pushes = PushEach("a", "b", "c");
        RunQueue();
        await Task.WhenAll(pushes);

        Calls().ShouldBe(["a b c", "b"]);
        var (first, again) = (grain.PushCalls.First()[1], grain.PushCalls.Last()[0]);
        again.ShouldBe(first with { Patience = first.Patience - IStreamGrain.WaitTogether });
    }

    [Fact]
    public async Task Pushes_WhoseOwnerDoesNotKnowTheCall_AskAlone()
    {
        var calls = 0;
        grain.BeforePush = () => calls++ == 0 ? Task.FromException(new NotSupportedException("No such method.")) : Task.CompletedTask;
        var pushes = PushEach("a", "b");
        RunQueue();
        await Task.WhenAll(pushes);

        Calls().ShouldBe(["a b", "a", "b"]);
    }

    [Fact]
    public async Task Push_WithLittlePatience_AsksAtOnce()
    {
        await batcher.PushAsync(Push("late") with { Patience = IStreamGrain.WaitTogether });

        Calls().ShouldBe(["late"]);
        queue.ShouldBeEmpty();
    }

    [Fact]
    public async Task Pushes_BehindACallThatHangs_AskOnTheirOwn()
    {
        var hung = new TaskCompletionSource();
        grain.BeforePush = () => hung.Task;
        var first = batcher.PushAsync(Push("first"));
        RunQueue();
        grain.BeforePush = null;
        var second = batcher.PushAsync(Push("second"));
        RunQueue();

        (await second).First.ShouldBe(1);
        first.IsCompleted.ShouldBeFalse();
        hung.SetResult();
        (await first).First.ShouldBe(2);
    }

    private static PushCommand Push(params string[] texts) =>
        new([.. texts.Select(text => new PushItem { Message = text })], Guid.NewGuid().ToString("N"), TimeSpan.FromSeconds(5));

    private Task<PushResult>[] PushEach(params string[] texts) => Array.ConvertAll(texts, text => batcher.PushAsync(Push(text)));

    private void RunQueue()
    {
        while (queue.TryDequeue(out var work))
        {
            work.Execute();
        }
    }

    private IEnumerable<string> Calls() => grain.PushCalls.Select(call => string.Join(' ', call.SelectMany(c => c.Items).Select(i => i.Message)));
}
