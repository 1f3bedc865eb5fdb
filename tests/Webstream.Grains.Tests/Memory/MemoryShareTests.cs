using Webstream.Grains.Memory;

namespace Webstream.Grains.Tests.Memory;

public sealed class MemoryShareTests
{
    [Fact]
    public void TryTake_UpToTheLimit_GivesAndRefusesTheNextByte()
    {
        var share = new MemoryShare("test", limit: 100);

        share.TryTake(60).ShouldBeTrue();
        share.IsTight.ShouldBeTrue();
        share.TryTake(41).ShouldBeFalse();
        share.TryTake(40).ShouldBeTrue();
        share.Used.ShouldBe(100);
        share.Refused.ShouldBe(1);

        share.Return(100);
        share.IsTight.ShouldBeFalse();
        share.TryTake(1).ShouldBeTrue();
    }

    [Fact]
    public async Task TryTake_FromManyThreads_NeverOvershoots()
    {
        var share = new MemoryShare("test", limit: 1000);
        var most = 0L;

        await Parallel.ForAsync(0, 64, (_, _) =>
        {
            for (var i = 0; i < 1000; i++)
            {
                if (share.TryTake(7))
                {
                    InterlockedMax(ref most, share.Used);
                    share.Return(7);
                }
            }

            return default;
        });

        share.Used.ShouldBe(0);
        most.ShouldBeLessThanOrEqualTo(1000);
    }

    [Theory]
    [InlineData(402653184, 25769803776, 402653184)] // 512 MB of a container
    [InlineData(25769803776, 25769803776, 2147483648)] // no limit: at most 2 GiB
    [InlineData(4294967296, 4294967296, 1073741824)] // no limit: a quarter
    [InlineData(4294967296, null, 1073741824)]
    public void Limit_OfContainerAndMachine_IsTheContainersOrAPartOfTheMachine(long available, long? machine, long limit) =>
        MemoryLimit.Of(available, machine).ShouldBe(limit);

    private static void InterlockedMax(ref long most, long now)
    {
        for (var seen = Interlocked.Read(ref most); now > seen;)
        {
            seen = Interlocked.CompareExchange(ref most, now, seen);
        }
    }
}
