using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using ModelContextProtocol;
using Webstream.Protocol;
using Webstream.Tools.Tests.Hosting;

namespace Webstream.Tools.Tests.Answers;

public sealed class FailureTests
{
    private static readonly Dictionary<string, object?> Message = new() { ["message"] = "text" };

    public static TheoryData<WebstreamException, string> Known => new()
    {
        { new(WebstreamError.Invalid, "It is malformed."), "It is malformed." },
        { new(WebstreamError.TooLarge, "It is too long."), "It is too long." },
        { new(WebstreamError.KeyReused, "The key was used."), "The key was used." },
        { new(WebstreamError.Unavailable, "Nobody answers."), "Nobody answers. Try again in a moment." },
        { new(WebstreamError.Unavailable, "Try again in a moment."), "Try again in a moment." },
        { new(WebstreamError.Unavailable, "It is full.") { RetryAfter = TimeSpan.FromMinutes(1) }, "It is full. Wait 60 seconds before the next try." },
        { new(WebstreamError.Unknown, "It is not known.") { IdempotencyKey = "k9" }, "It is not known. The key to send it again with: idempotencyKey=\"k9\", with the same text." },
    };

    [Theory]
    [MemberData(nameof(Known), DisableDiscoveryEnumeration = true)]
    public async Task Push_ThatIsNotCarriedOut_SaysWhatToDo(WebstreamException failure, string says)
    {
        await using var server = await PipeServer.StartAsync(new ScriptedGateway { Failure = failure });

        (await server.CallAsync("push_stream", Message)).Error().ShouldBe(says);
    }

    [Fact]
    public async Task Ask_WhoseQuestionWentWithTheHistory_SaysThatItIsLost()
    {
        var (asked, head) = (new EventId(0xabc, 1), new EventId(0xdef, 0));
        await using var server = await PipeServer.StartAsync(
            new ScriptedGateway { Page = new(StreamName.Parse("main"), [], head, head, new(ResumeStatus.Reset, asked, head, 0)) });

        var answer = (await server.CallAsync("ask_stream", new() { ["question"] = "Still there?" })).Ok();

        answer["status"].ShouldBe("lost");
        answer.Text.ShouldStartWith($"Lost: the history of the stream main began anew while the question {asked} waited");
        answer.Text.ShouldEndWith("Ask again.");
        answer.Text.ShouldNotContain("kept");
    }

    [Fact]
    public async Task Read_OfRepliesToWhatIsGone_SaysSo()
    {
        var head = new EventId(0xdef, 0);
        await using var server = await PipeServer.StartAsync(new ScriptedGateway { Page = new(StreamName.Parse("main"), [], head, head, null) });

        var answer = (await server.CallAsync("read_stream", new() { ["inReplyTo"] = "abc-1" })).Ok();

        answer.Text.ShouldStartWith("Nothing in reply to abc-1 in the stream main.");
        answer.Text.ShouldContain("Note: The message abc-1 is gone");
        answer.Text.ShouldContain("inReplyTo=\"abc-1\", wait_seconds=45.");
    }

    [Fact]
    public async Task Call_WithoutAGateway_SaysWhy()
    {
        await using var server = await PipeServer.StartAsync(
            new ScriptedGateway { NotFound = new WebstreamException(WebstreamError.Invalid, "Another program is at port 8000.") });

        (await server.CallAsync("stream_status")).Error().ShouldBe("Another program is at port 8000.");
    }

    [Theory]
    [InlineData("push_stream")]
    [InlineData("read_stream")]
    [InlineData("list_streams")]
    [InlineData("stream_status")]
    public async Task Call_ThatFailsInside_TellsNothingOfTheInside(string tool)
    {
        await using var server = await PipeServer.StartAsync(new ScriptedGateway { Failure = new InvalidOperationException("secret of the inside") });

        (await server.CallAsync(tool, tool == "push_stream" ? Message : null)).Error().ShouldBe(
            $"An error occurred invoking '{tool}': Webstream failed at this call. Its log says why. Trying again may help once; if it does not, tell the person.");
    }

    [Theory]
    [InlineData("webstream://status")]
    [InlineData("webstream://history")]
    public async Task Resource_ThatFails_TellsNothingOfTheInside(string uri)
    {
        await using var server = await PipeServer.StartAsync(new ScriptedGateway { Failure = new InvalidOperationException("secret of the inside") });

        var says = (await Should.ThrowAsync<McpException>(async () => await server.Client.ReadResourceAsync(uri, cancellationToken: TestContext.Current.CancellationToken))).Message;
        says.ShouldNotContain("secret");
        says.ShouldContain("Webstream failed at this call. Its log says why.");
    }

    [Fact]
    public async Task Failure_InsideOfAToolOrAResource_IsInTheLogOnceWithItsCause()
    {
        var cause = new InvalidOperationException("secret of the inside");
        var log = new FakeLoggerProvider();
        using var logging = LoggerFactory.Create(builder => builder.AddProvider(log).AddFilter(ServerFeatures.LibraryCategory, LogLevel.None));
        await using var server = await PipeServer.StartAsync(new ScriptedGateway { Failure = cause }, logging);

        await server.CallAsync("list_streams");
        await Should.ThrowAsync<McpException>(async () => await server.Client.ReadResourceAsync("webstream://status", cancellationToken: TestContext.Current.CancellationToken));

        var told = log.Collector.GetSnapshot().Where(record => record.Level >= LogLevel.Warning).ToArray();
        told.Select(record => record.Message).ShouldBe(["The assistants' request list_streams failed", "The assistants' request resources/read failed"]);
        told.ShouldAllBe(record => record.Exception == cause);
    }

    [Fact]
    public async Task Ask_WhoseRepliesCannotBeRead_StillSaysWhichQuestionIsPut()
    {
        var gateway = new QuestionThenNothing();
        await using var server = await PipeServer.StartAsync(gateway);

        var answer = (await server.CallAsync("ask_stream", new() { ["question"] = "?" })).Ok();

        answer["status"].ShouldBe("waiting");
        answer["questionId"].ShouldBe("abc-1");
        answer.Text.ShouldContain("Note: The question is put, but replies could not be read just now.");
    }

    /// <summary>Accepts the question, and does not answer afterwards.</summary>
    private sealed class QuestionThenNothing : IGatewaySource, IWebstream
    {
        private readonly ScriptedGateway inner = new();

        public GatewayDefaults Defaults => inner.Defaults;

        public CancellationToken Stopping => inner.Stopping;

        public Task<GatewayTarget> ResolveAsync(string? host, int? port, CancellationToken cancellationToken) => Task.FromResult(new GatewayTarget(this, []));

        public Task<OtherGateway?> FindListenedAsync(GatewayTarget current, StreamName stream, CancellationToken cancellationToken) => Task.FromResult<OtherGateway?>(null);

        public Task<PushReceipt> PushAsync(PushRequest request, CancellationToken cancellationToken) => inner.PushAsync(request, cancellationToken);

        public Task<ReadPage> ReadAsync(ReadRequest request, CancellationToken cancellationToken) => throw new WebstreamException(WebstreamError.Unavailable, "Away.");

        public Task<StreamList> ListAsync(StreamListRequest request, CancellationToken cancellationToken) => inner.ListAsync(request, cancellationToken);

        public Task<StreamSummary> DescribeAsync(StreamName stream, CancellationToken cancellationToken) => inner.DescribeAsync(stream, cancellationToken);
    }
}
