using System.Text;
using Microsoft.Extensions.Configuration;
using Webstream.Gateway.Moving;
using Webstream.Grains.History.Moving;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Moving;

/// <summary>What an import takes, line by line, into a file; and what it exports again.</summary>
public sealed class HistoryImportTests : IDisposable
{
    private const string Head = """{"webstream":1,"final":true,"at":"2026-11-30T09:00:00.000000+00:00"}""";
    private const string Stream =
        """{"stream":"a","head":"3e27a35619662bc8-2","oldest":1,"headAt":"2026-11-30T09:00:02.000000+00:00"}""";
    private const string One = """{"id":"3e27a35619662bc8-1","stream":"a","timestamp":"2026-11-30T09:00:01.000000+00:00","message":"one"}""";
    private const string Ended = """{"id":"3e27a35619662bc8-2","stream":"a","timestamp":"2026-11-30T09:00:02.000000+00:00","event":"end","message":"The stream has ended.","end":true}""";
    private const string Last = """{"end":{"streams":1,"messages":2}}""";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("webstream-import-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Import_StreamsWithKeysSettingsAndAnEnd_AreExportedAsTheyWere()
    {
        string[] lines =
        [
            Head,
            """{"stream":"a","head":"3e27a35619662bc8-2","oldest":1,"headAt":"2026-11-30T09:00:02.000000+00:00","life":8,"closed":true,"founder":"ci","settings":{"retainedMessages":5,"retention":"3650.00:00:00","description":"π"}}""",
            """{"id":"3e27a35619662bc8-1","stream":"a","timestamp":"2026-11-30T09:00:01.000000+00:00","message":"one","keys":[{"key":"k-1","print":"ff","count":1,"at":"2026-11-30T09:00:01.000000+00:00"}]}""",
            Ended,
            """{"stream":"set","oldest":1,"settings":{"retainedBytes":2048}}""",
            """{"end":{"streams":2,"messages":2}}""",
        ];
        using (var first = Open())
        {
            (await ImportAsync(first, lines)).ShouldSatisfyAllConditions(
                answer => answer.Imported.ShouldBe(new(2, 2)),
                answer => answer.Skipped.ShouldBeEmpty());
        }

        using var again = Open();
        var exported = await ExportAsync(again);
        // It has had one life more here, since the move.
        exported[1..].ShouldBe([lines[1].Replace("\"life\":8", "\"life\":9", StringComparison.Ordinal), .. lines[2..]]);
        // What is there stays as it is, and the end closes the stream.
        (await ImportAsync(again, lines)).Skipped.ShouldBe([StreamName.Parse("a")]);
        (await again.Move.ReadAsync(StreamName.Parse("a"), 0, TestContext.Current.CancellationToken)).Messages[^1].IsEnd.ShouldBeTrue();
    }

    [Fact]
    public async Task Import_ThatWasCutOff_TakesNoPushesAndIsDoneAgain()
    {
        using var store = Open();
        await Should.ThrowAsync<WebstreamException>(() => ImportAsync(store, Head, Stream, One));
        (await ImportAsync(store, Head, Stream, One, Ended, Last)).ShouldSatisfyAllConditions(
            answer => answer.Imported.ShouldBe(new(1, 2)),
            answer => answer.Renewed.ShouldBeEmpty());
        (await ExportAsync(store))[2..].ShouldBe([One, Ended, Last]);
    }

    [Fact]
    public async Task Import_SettingsOfAStreamThatHasItsOwn_LeavesThose()
    {
        using var store = Open();
        await ImportAsync(store, Head, """{"stream":"set","oldest":1,"settings":{"retainedBytes":2048}}""", """{"end":{"streams":1,"messages":0}}""");
        await ImportAsync(store, Head, """{"stream":"set","oldest":1,"settings":{"retainedBytes":4096}}""", """{"end":{"streams":1,"messages":0}}""");
        (await ExportAsync(store))[1].ShouldContain("2048");
    }

    [Fact]
    public async Task Import_Rules_CloseWhatTheyClosed_AndOpenNothing()
    {
        using var store = Open();
        const string Closed = """{"rule":"a","access":{"read":"key","write":"key"}}""";
        await ImportAsync(
            store, Head, """{"rule":"a","access":{"read":"key","write":"loopback"}}""", """{"rule":"b","access":{"read":"open","write":"open","listed":false}}""",
            """{"rule":"c","access":{"read":"open"}}""", Stream, One, Ended, Last);
        (await ExportAsync(store))[1..3].ShouldBe([Closed, """{"rule":"b","access":{"listed":false}}"""]);

        await ImportAsync(
            store, Head, """{"rule":"a","access":{"read":"open","write":"open"}}""", """{"rule":"b","access":{"read":"key"}}""", """{"end":{"streams":0,"messages":0}}""");
        (await ExportAsync(store))[1..3].ShouldBe([Closed, """{"rule":"b","access":{"read":"key","listed":false}}"""]);
    }

    [Theory]
    [InlineData("""{"rule":"a","access":{"read":"nobody"}}""", "Line 2 has a rule that cannot be")]
    [InlineData("""{"rule":"a"}""", "Line 2 has a rule that cannot be")]
    [InlineData("""{"rule":"a","access":{"reed":"key"}}""", "Line 2 is not as an export has it")]
    public async Task Import_RuleThatCannotBe_IsRefused(string line, string text)
    {
        using var store = Open();
        (await Should.ThrowAsync<WebstreamException>(() => ImportAsync(store, Head, line, Stream, One, Ended, Last))).Message.ShouldStartWith(text);
        (await ExportAsync(store)).Length.ShouldBe(2);
    }

    [Fact]
    public async Task Import_RuleBehindAStream_IsRefused()
    {
        using var store = Open();
        (await Should.ThrowAsync<WebstreamException>(() => ImportAsync(store, Head, Stream, One, """{"rule":"a","access":{"read":"key"}}""", Ended, Last))).Message
            .ShouldStartWith("Line 4 is a rule behind a stream");
    }

    [Theory]
    [InlineData("""{"stream":"a","head":"3e27a35619662bc8-2","oldest":1,"headAt":"2026-11-30T09:00:02.000000+00:00","settings":{"retainedMessages":0}}""", "Line 2 has settings that cannot be")]
    [InlineData("""{"stream":"a","oldest":1,"settings":{"description":"a\u0007"}}""", "Line 2 has settings that cannot be")]
    [InlineData("""{"stream":"a","head":"3e27a35619662bc8-2","oldest":1}""", "Line 2 names a head")]
    [InlineData("""{"stream":"a","head":"3e27a35619662bc8-2","oldest":4,"headAt":"2026-11-30T09:00:02.000000+00:00"}""", "Line 2 names a head")]
    public async Task Import_StreamThatCannotBe_IsRefusedByItsLine(string line, string text)
    {
        using var store = Open();
        (await Should.ThrowAsync<WebstreamException>(() => ImportAsync(store, Head, line, Last))).Message.ShouldStartWith(text);
    }

    [Fact]
    public async Task Import_EndBeforeTheLastMessage_IsRefused()
    {
        using var store = Open();
        var early = Ended.Replace("-2\"", "-1\"", StringComparison.Ordinal);
        (await Should.ThrowAsync<WebstreamException>(() => ImportAsync(store, Head, Stream, early, Last))).Message
            .ShouldStartWith("Line 3 is an end with messages behind it");
    }

    [Theory]
    [InlineData("""{"end":{"streams":1,"messages":3}}""")]
    [InlineData("""{"end":{"streams":2,"messages":2}}""")]
    public async Task Import_LessThanItsLastLineSays_IsRefused(string last)
    {
        using var store = Open();
        (await Should.ThrowAsync<WebstreamException>(() => ImportAsync(store, Head, Stream, One, Ended, last))).Message
            .ShouldStartWith("Line 5 says that there are ");
    }

    [Fact]
    public async Task Import_TypeThatOnlyTheGatewaySays_IsRefusedWithoutItsMark()
    {
        using var store = Open();
        var pushed = Ended.Replace(",\"end\":true", "", StringComparison.Ordinal);
        (await Should.ThrowAsync<WebstreamException>(() => ImportAsync(store, Head, Stream, One, pushed, Last))).Error.ShouldBe(WebstreamError.Invalid);
    }

    private OfflineHistory Open() => OfflineHistory.Open(Path.Combine(folder.FullName, "history.db"), new ConfigurationBuilder().Build());

    private static Task<ImportAnswer> ImportAsync(OfflineHistory store, params string[] lines) => new HistoryImport(store.Move).ReadAsync(
        new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines) + '\n')), TestContext.Current.CancellationToken);

    private static async Task<string[]> ExportAsync(OfflineHistory store)
    {
        var output = new MemoryStream();
        await HistoryLines.WriteAsync(store.Move, only: null, final: false, output, TimeProvider.System, TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(output.ToArray()).TrimEnd('\n').Split('\n');
    }
}
