using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Pushing;

public sealed class PushRateLimitTests
{
    [Fact]
    public async Task Push_MoreOftenThanConfigured_IsRefusedWithTheTimeToWait()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Push:PerSecond", "1"), ("Webstream:ApiKey", "secret-of-the-tests"));
        var stream = TestStream.New();
        (string, string)[] nobody = [];
        // All pushes come together. At one a second not all of them can pass, however slow the machine is.
        var sent = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => gateway.PostAsync($"/api/push?stream={stream}", $"m{i}", "text/plain", nobody)));

        var refused = sent.Where(answer => (int)answer.StatusCode == 429).ToArray();
        refused.ShouldNotBeEmpty();
        foreach (var answer in refused)
        {
            answer.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(1));
            (await answer.ProblemAsync(429))
                .ShouldBe("One caller may push 1 times a second here. Push less often, or several messages in one batch (Webstream__Push__PerSecond).");
        }

        var taken = sent.Count(answer => (int)answer.StatusCode == 200);
        (taken + refused.Length).ShouldBe(64);
        taken.ShouldBePositive();
        (await gateway.MessagesAsync(stream)).Length.ShouldBe(taken);
        // A pusher with a key is another caller with a limit of its own. Reading does not count as pushing.
        await gateway.PostAsync($"/api/push?stream={stream}", "with a key", "text/plain", ("X-API-Key", "secret-of-the-tests")).OkAsync();
    }
}
