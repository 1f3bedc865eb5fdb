using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.Signing;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Signing;

/// <summary>When a gateway asks for the secret, and what it does while nobody answers.</summary>
public sealed class EventIdSecretTests
{
    private readonly FakeTimeProvider time = new();
    private byte[] kept = [.. Enumerable.Repeat((byte)1, 32)];
    private Func<Task<byte[]>> answer;
    private int asked;

    public EventIdSecretTests() => answer = () => Task.FromResult(kept);

    [Fact]
    public async Task Listeners_ThatComeTogether_ShareAQuestion()
    {
        var answered = new TaskCompletionSource<byte[]>();
        answer = () => answered.Task;
        var secret = New();

        var waiting = Enumerable.Range(0, 10).Select(_ => secret.WaitAsync(TestContext.Current.CancellationToken)).ToArray();
        answered.SetResult(kept);

        var signers = await Task.WhenAll(waiting);
        signers.Distinct().Count().ShouldBe(1);
        await secret.WaitAsync(TestContext.Current.CancellationToken);
        asked.ShouldBe(1);
    }

    [Fact]
    public async Task Secret_OfAStoreThatWasEmptied_IsLearned()
    {
        var secret = New();
        var first = await secret.WaitAsync(TestContext.Current.CancellationToken);

        time.Advance(EventIdSecret.Fresh + TimeSpan.FromMilliseconds(1));
        (await secret.WaitAsync(TestContext.Current.CancellationToken)).ShouldBeSameAs(first);
        kept = [.. Enumerable.Repeat((byte)2, 32)];
        time.Advance(EventIdSecret.Fresh + TimeSpan.FromMilliseconds(1));
        await secret.WaitAsync(TestContext.Current.CancellationToken);

        secret.Signer.Sign(StreamName.Main, new EventId(1, 1)).ShouldNotBe(first.Sign(StreamName.Main, new EventId(1, 1)));
    }

    [Fact]
    public async Task Secret_ThatWasKnown_GoesOnWhileNobodyAnswers()
    {
        var secret = New();
        var first = await secret.WaitAsync(TestContext.Current.CancellationToken);
        answer = () => throw new TimeoutException();
        time.Advance(EventIdSecret.Fresh + TimeSpan.FromMilliseconds(1));

        (await secret.WaitAsync(TestContext.Current.CancellationToken)).ShouldBeSameAs(first);
        asked.ShouldBe(2);
    }

    [Fact]
    public async Task Listener_IsHeldUntilTheSecretIsKnown()
    {
        answer = () => throw new TimeoutException();
        var secret = New();
        var waiting = secret.WaitAsync(TestContext.Current.CancellationToken);
        await Until.TrueAsync(() => asked >= 2, () => time.Advance(TimeSpan.FromMilliseconds(250)));
        waiting.IsCompleted.ShouldBeFalse();

        answer = () => Task.FromResult(kept);
        await Until.TrueAsync(() => waiting.IsCompletedSuccessfully, () => time.Advance(TimeSpan.FromMilliseconds(250)));
    }

    [Fact]
    public async Task Listener_ThatGoesAway_DoesNotWait()
    {
        answer = () => new TaskCompletionSource<byte[]>().Task;
        using var gone = new CancellationTokenSource();
        var waiting = New().WaitAsync(gone.Token);

        await gone.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(waiting);
    }

    private EventIdSecret New() => new(
        () =>
        {
            Interlocked.Increment(ref asked);
            return answer();
        },
        time);
}
