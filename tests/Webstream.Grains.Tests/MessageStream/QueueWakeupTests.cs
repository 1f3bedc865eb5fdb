using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using Webstream.Grains.Streams;
using Webstream.Grains.Tests.Hosting;
using Webstream.Grains.Tests.Streams;

namespace Webstream.Grains.Tests.MessageStream;

/// <summary>Silos that look at the queue only when they are woken. A message that arrives thus came by a wake-up.</summary>
[Collection(NeverPolled.Name)]
public sealed class QueueWakeupTests
{
    [Fact]
    public async Task EventsOfOwnersOnEverySilo_ArriveByTheBell_AndSilosThatWaitForItStop()
    {
        await using var cluster = new WebstreamCluster(silo => silo.Services.AddSingleton<IOptions<MessageStreamOptions>>(
            Options.Create(new MessageStreamOptions { PollPeriod = Timeout.InfiniteTimeSpan })));
        await cluster.InitializeAsync();

        var owners = new HashSet<SiloAddress>();
        for (var streams = 0; streams < 5 || owners.Count < 2; streams++)
        {
            var stream = WebstreamCluster.NewStream();
            var listener = await cluster.ListenAsync(stream);
            for (var i = 1; i <= 5; i++)
            {
                // Each message is pushed alone: the next one is not there yet to wake the reader for it.
                await cluster.GrainOf(stream).Push(Pushes.Of($"m{i}"));
                (await listener.UntilAsync(i)).SelectMany(e => e.Messages).ShouldHaveSingleItem().Message.ShouldBe($"m{i}");
            }

            owners.Add(cluster.SiloOf(stream));
        }

        // One of the silos waits for ever.
        await cluster.Cluster.StopAllSilosAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }
}

/// <summary>Not beside tests that keep the machine busy, because it ends its silos.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class NeverPolled
{
    public const string Name = "never polled";
}
