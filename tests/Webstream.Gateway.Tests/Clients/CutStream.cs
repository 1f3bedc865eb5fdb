using System.Globalization;
using System.Text.RegularExpressions;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Clients;

/// <summary>What a handler of messages receives.</summary>
internal sealed record Heard(string Data, string? Id);

/// <summary>A stream of long and short messages to one listener, whose connections are cut again and again.</summary>
/// <param name="gateway">The gateway to which the messages are pushed.</param>
/// <param name="relay">The relay to which the listener connects.</param>
/// <param name="name">The stream, which only this test knows.</param>
internal sealed partial class CutStream(TestGateway gateway, CuttingRelay relay, string name)
{
    private const int HistoryRounds = 6;
    private const int MaxRounds = 500;

    private readonly Random random = new(name.Length);
    private readonly List<Heard> pushed = [];
    private readonly List<Heard> heard = [];
    private int greetings;

    /// <summary>The address at which to listen, from the first message on.</summary>
    public Uri Address => new(relay.Address, $"/stream/{name}?lastEventId=0-0");

    /// <summary>Pushes the messages with which the listener begins.</summary>
    public async Task PushHistoryAsync()
    {
        for (var round = 0; round < HistoryRounds; round++)
        {
            await PushRoundAsync();
        }
    }

    /// <summary>Pushes, and takes what the listener receives, until there were enough cuts.</summary>
    /// <param name="cuts">How many.</param>
    /// <param name="nextAsync">The next thing that the listener receives; fails when nothing comes.</param>
    public async Task FollowAsync(int cuts, Func<Task<Heard>> nextAsync)
    {
        relay.CutsLeft = cuts;
        try
        {
            await HearAllAsync(nextAsync);
            for (var round = 0; round < MaxRounds && relay.CutsLeft > 0; round++)
            {
                await PushRoundAsync();
                await HearAllAsync(nextAsync);
            }
        }
        catch (Exception silence) when (silence is InvalidOperationException or TimeoutException && heard.Count > 0)
        {
            // The comparison of the received messages shows what was lost.
        }
    }

    /// <summary>The listener received every message once, in order and whole, and nothing else.</summary>
    public void ShouldHaveBeenHeardWhole(int cuts)
    {
        heard.Select(one => one.Id).ShouldBe(pushed.Select(one => one.Id));
        heard.ShouldBe(pushed);
        relay.CutsLeft.ShouldBe(0);
        // There must be a good part of each kind, or the test shows nothing.
        relay.CutsInText.ShouldBeGreaterThan(cuts / 5);
        relay.CutsAtIds.ShouldBeGreaterThan(cuts / 5);
        greetings.ShouldBeInRange(1, cuts + 1);
    }

    // Pushes short messages after each long one, so that there is an end of a block near most places.
    private async Task PushRoundAsync()
    {
        await PushAsync(LongText());
        await PushAsync("x");
        await PushAsync("two\nlines");
    }

    private async Task PushAsync(string text)
    {
        var answer = await gateway.PushAsync(text, name);
        pushed.Add(new($"[{answer.GetProperty("timestamp").GetString()}] {text}", answer.GetProperty("id").GetString()));
    }

    private string LongText() => string.Join(
        '\n', Enumerable.Range(0, random.Next(20, 80)).Select(line => line % 7 == 3 ? "id: 7" : $"{line.ToString(CultureInfo.InvariantCulture)} é{new string('.', random.Next(120))}"));

    private async Task HearAllAsync(Func<Task<Heard>> nextAsync)
    {
        while (heard.Count == 0 || heard[^1].Id != pushed[^1].Id)
        {
            var one = await nextAsync();
            if (Greeting().IsMatch(one.Data))
            {
                greetings++;
            }
            else
            {
                heard.Add(one);
            }
        }
    }

    [GeneratedRegex(@"\AConnected at \S{32}\z")]
    private static partial Regex Greeting();
}
