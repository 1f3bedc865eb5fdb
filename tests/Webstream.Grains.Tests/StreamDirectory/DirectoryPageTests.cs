using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Webstream.Grains.StreamDirectory;
using Webstream.Grains.History;
using Webstream.Grains.Tests.History;
using Webstream.Grains.Tests.Memory;

namespace Webstream.Grains.Tests.StreamDirectory;

public class DirectoryPageTests
{
    private readonly FakeTimeProvider time = new();
    private readonly InMemoryStreamHistories logs;
    private readonly StreamDirectoryGrain directory;

    public DirectoryPageTests()
    {
        logs = new(Options.Create(new HistoryOptions()), Budgets.Of(), time);
        directory = new(logs, time);
    }

    [Fact]
    public async Task ListPage_StreamThatNobodyTellsOf_IsListedByItsLog()
    {
        await Append("asleep", 3);

        var (stream, status) = (await Page()).Entries.ShouldHaveSingleItem();

        stream.ShouldBe("asleep");
        (status.HeadId, status.Oldest, status.Clients, status.LastMessageAt).ShouldBe((new EventId(Messages.Epoch, 3), 1, 0, time.GetUtcNow()));
    }

    [Fact]
    public async Task ListPage_StreamThatFellSilent_IsListedWithoutItsListeners()
    {
        await Append("s", 3);
        await directory.Tell("s", Status(Messages.Epoch, 3, clients: 7));
        (await Page()).Entries.ShouldHaveSingleItem().Status.Clients.ShouldBe(7);

        time.Advance(4 * IStreamDirectoryGrain.Heartbeat);

        (await Page()).Entries.ShouldHaveSingleItem().Status.Clients.ShouldBe(0);
    }

    [Fact]
    public async Task ListPage_LogAheadOfWhatWasTold_HasTheNewerHeadAndTheListeners()
    {
        await Append("s", 3);
        await directory.Tell("s", Status(Messages.Epoch, 2, clients: 7));
        var status = (await Page()).Entries.ShouldHaveSingleItem().Status;
        (status.Head, status.Clients).ShouldBe((3, 7));

        await directory.Tell("s", Status(0xdef, 9, clients: 7));
        status = (await Page()).Entries.ShouldHaveSingleItem().Status;
        (status.HeadId, status.Clients).ShouldBe((new EventId(Messages.Epoch, 3), 7));
    }

    [Fact]
    public async Task ListPage_ByPages_HasEachStreamOnceInOrder()
    {
        foreach (var stream in (string[])["a", "b.1", "c", "e"])
        {
            await Append(stream, 1);
        }

        foreach (var stream in (string[])["b", "b.1", "b.2", "d", "f"])
        {
            await directory.Tell(stream, Status(0, 0, clients: 1));
        }

        var (names, after) = (new List<string>(), (string?)null);
        for (var more = true; more; after = names[^1])
        {
            var page = await directory.ListPage("", after, 3);
            names.AddRange(page.Entries.Select(entry => entry.Stream));
            more = page.More;
            page.Entries.Length.ShouldBe(more ? 3 : 2);
        }

        names.ShouldBe(["a", "b", "b.1", "b.2", "c", "d", "e", "f"]);
        (await Names("b", null)).ShouldBe(["b", "b.1", "b.2"]);
        (await Names("b.", "b.1")).ShouldBe(["b.2"]);
        (await Names("g", null)).ShouldBeEmpty();
        (await directory.List()).Select(entry => entry.Stream).ShouldBe(names);
    }

    [Fact]
    public async Task ListPage_ExactlyAsManyAsAreLeft_SaysThatThereAreNoMore()
    {
        await Append("a", 1);
        await Append("b", 1);
        (await directory.ListPage("", null, 2)).More.ShouldBeFalse();
        (await directory.ListPage("", null, 1)).More.ShouldBeTrue();
        (await directory.ListPage("", "a", 1)).More.ShouldBeFalse();
    }

    [Fact]
    public async Task Knows_StreamThatToldAndOneThatFellSilent()
    {
        await directory.Tell("s", Status(0, 0, clients: 1));
        (await directory.Knows("s")).ShouldBeTrue();
        (await directory.Knows("other")).ShouldBeFalse();
        await directory.Tell("s", Status(0, 0, clients: 0));
        (await directory.Knows("s")).ShouldBeFalse();
        await directory.Tell("s", Status(0, 0, clients: 1));
        time.Advance(4 * IStreamDirectoryGrain.Heartbeat);
        (await directory.Knows("s")).ShouldBeFalse();
    }

    private Task<DirectoryPage> Page() => directory.ListPage("", null, 10);

    private async Task<string[]> Names(string prefix, string? after) =>
        [.. (await directory.ListPage(prefix, after, 10)).Entries.Select(entry => entry.Stream)];

    private async Task Append(string stream, int count) => await logs.LogOf(StreamName.Parse(stream)).AppendAsync(
        Messages.Batch(Messages.Range(1, count, at: time.GetUtcNow())), TestContext.Current.CancellationToken);

    private static StreamStatus Status(ulong epoch, long head, int clients) =>
        StreamStatus.Unused(0) with { Epoch = epoch, Head = head, Clients = clients, Gateways = clients > 0 ? 1 : 0 };
}
