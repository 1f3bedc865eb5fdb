using System.Diagnostics;
using System.Globalization;
using CsCheck;

namespace Webstream.Fuzz.Tests.Mutation;

/// <summary>
/// Feeds one door: first all kept inputs, then new inputs until the time is over. Every input depends only on the seed and its number, so that a run
/// can be repeated: <c>WEBSTREAM_FUZZ_SEED</c> is the seed, <c>WEBSTREAM_FUZZ_SECONDS</c> the time for each door. Where <c>CI=true</c> the seed is
/// always the same, so that a finding of another seed does not stop an unrelated change. People explore with other seeds.
/// </summary>
internal static class FuzzRun
{
    private const string UsualSeconds = "5";

    private const ulong UsualSeed = 0x5753_0001;

    private static readonly ulong Seed =
        Setting("WEBSTREAM_FUZZ_SEED") is { } seed ? ulong.Parse(seed, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
        : Setting("CI") == "true" ? UsualSeed
        : (ulong)Random.Shared.NextInt64();

    private static readonly TimeSpan Time =
        TimeSpan.FromSeconds(double.Parse(Setting("WEBSTREAM_FUZZ_SECONDS") ?? UsualSeconds, CultureInfo.InvariantCulture));

    /// <summary>Feeds a door.</summary>
    /// <param name="corpus">The file of kept inputs.</param>
    /// <param name="feed">Gives the door one input, and throws when the answer was wrong.</param>
    public static async Task Async(string corpus, Func<byte[][], Task> feed)
    {
        var kept = Corpora.Read(corpus);
        var mutations = Mutations.Of(kept);
        TestContext.Current.TestOutputHelper!.WriteLine($"{corpus}: WEBSTREAM_FUZZ_SEED={Seed:x}");
        var number = 0;
        for (; number < kept.Length; number++)
        {
            await FeedAsync(kept[number]);
        }

        var started = Stopwatch.GetTimestamp();
        for (; Stopwatch.GetElapsedTime(started) < Time; number++)
        {
            await FeedAsync(mutations.Generate(new PCG((uint)number, Seed), null, out _));
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{corpus}: {number} inputs");

        async Task FeedAsync(byte[][] input)
        {
            try
            {
                await feed(input);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException(
                    $"Input {number} of WEBSTREAM_FUZZ_SEED={Seed:x}: {failure.Message}\nKeep it in Corpus/{corpus}:\n{Corpora.Written(input)}", failure);
            }
        }
    }

    private static string? Setting(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
