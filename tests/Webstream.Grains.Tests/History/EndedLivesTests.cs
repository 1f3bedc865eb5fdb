using Webstream.Grains.History;

namespace Webstream.Grains.Tests.History;

public class EndedLivesTests
{
    private readonly EndedLives ended = new(most: 3);

    [Fact]
    public void Of_StreamThatGaveWay_IsTheEpochThatEndedLast()
    {
        Add("a", 1);
        Add("a", 2);
        (Of("a"), Of("b")).ShouldBe((2UL, 0UL));
    }

    [Fact]
    public void Add_OneMoreThanMayBe_ForgetsTheOldest()
    {
        Add("a", 1);
        Add("b", 2);
        Add("c", 3);
        Add("d", 4);
        (Of("a"), Of("b"), Of("d")).ShouldBe((0UL, 2UL, 4UL));
    }

    [Fact]
    public void Add_StreamThatGaveWayAgain_IsKeptByItsLastTime()
    {
        Add("a", 1);
        Add("a", 2);
        Add("b", 3);
        Add("c", 4);
        Of("a").ShouldBe(2UL);
        Add("d", 5);
        Of("a").ShouldBe(0UL);
    }

    private void Add(string stream, ulong epoch) => ended.Add(StreamName.Parse(stream), new(epoch, 0, 0, (long)epoch));

    private ulong Of(string stream) => ended.Of(StreamName.Parse(stream)).Forgotten;
}
