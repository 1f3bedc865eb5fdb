using Microsoft.Extensions.Time.Testing;

namespace Webstream.Grains.Tests.Hosting;

/// <summary>
/// A cluster whose clock the tests advance. The memory stream is polled on that clock too, so it delivers nothing here.
/// </summary>
public sealed class FakeClockCluster : WebstreamCluster
{
    public FakeClockCluster()
        : this(new())
    {
    }

    private FakeClockCluster(FakeTimeProvider time)
        : base(time) => Time = time;

    public FakeTimeProvider Time { get; }
}

/// <summary>The tests that advance the clock, one after another.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class FakeClock : ICollectionFixture<FakeClockCluster>
{
    public const string Name = "fake clock";
}
