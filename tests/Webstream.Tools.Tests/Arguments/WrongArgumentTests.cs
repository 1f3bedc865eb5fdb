using Webstream.Tools.Tests.Hosting;

namespace Webstream.Tools.Tests.Arguments;

public sealed class WrongArgumentTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private const string StreamRule = "stream does not have the right form; you sent ";

    [Theory]
    [InlineData("push_stream", "{}", "message is missing. Send a string, as \"text\".")]
    [InlineData("push_stream", """{"message":null}""", "message is missing.")]
    [InlineData("push_stream", """{"message":""}""", "message is empty.")]
    [InlineData("push_stream", """{"message":42}""", "message has to be a string, as \"text\"; you sent 42.")]
    [InlineData("push_stream", """{"message":["a"]}""", "message has to be a string, as \"text\"; you sent a list.")]
    [InlineData("push_stream", """{"message":{"a":1}}""", "message has to be a string, as \"text\"; you sent an object.")]
    [InlineData("push_stream", """{"text":"x"}""", "Ignored, because there is no such argument: text. It takes: message (string, required), stream (string), event (string)")]
    [InlineData("push_stream", """{"message":"x","port":0}""", "port has to be a whole number from 1 to 65535, as 8000; you sent 0.")]
    [InlineData("push_stream", """{"message":"x","port":65536}""", "port has to be a whole number from 1 to 65535, as 8000; you sent 65536.")]
    [InlineData("push_stream", """{"message":"x","port":"http"}""", "port has to be a whole number from 1 to 65535, as 8000; you sent \"http\".")]
    [InlineData("push_stream", """{"message":"x","port":80.5}""", "port has to be a whole number from 1 to 65535, as 8000; you sent 80.5.")]
    [InlineData("push_stream", """{"message":"x","port":true}""", "port has to be a whole number from 1 to 65535, as 8000; you sent true.")]
    [InlineData("push_stream", """{"message":"x","port":1e30}""", "port has to be a whole number from 1 to 65535, as 8000; you sent 1e30.")]
    [InlineData("push_stream", """{"message":"x","stream":"no name"}""", StreamRule + "\"no name\". It is 1 to 100 characters from A-Z a-z 0-9 . _ - : and the first one a letter or digit.")]
    [InlineData("push_stream", """{"message":"x","stream":""}""", StreamRule + "\"\".")]
    [InlineData("push_stream", """{"message":"x","stream":"main\n"}""", StreamRule)]
    [InlineData("push_stream", """{"message":"x","event":"a b"}""", "event does not have the right form; you sent \"a b\".")]
    [InlineData("push_stream", """{"message":"x","idempotencyKey":"a b"}""", "idempotencyKey does not have the right form; you sent \"a b\".")]
    [InlineData("read_stream", """{"wait_seconds":"long"}""", "wait_seconds has to be a whole number from 0 to 3600, as 1; you sent \"long\".")]
    [InlineData("read_stream", """{"wait_seconds":1.5}""", "wait_seconds has to be a whole number from 0 to 3600, as 1; you sent 1.5.")]
    [InlineData("read_stream", """{"limit":0}""", "limit has to be a whole number from 1 to 100, as 20; you sent 0.")]
    [InlineData("read_stream", """{"after":"latest"}""", "after does not have the right form; you sent \"latest\".")]
    [InlineData("read_stream", """{"after":"00ff-1"}""", "after is the id of a message or the cursor of an answer, exactly as it was given.")]
    [InlineData("ask_stream", """{"question":"?","options":"yes"}""", "options has to be a list of strings, as [\"yes\", \"no\"]; you sent \"yes\".")]
    [InlineData("ask_stream", """{"question":"?","options":["yes",1]}""", "options has an item that has to be a string, as \"text\"; you sent 1.")]
    [InlineData("ask_stream", """{"question":"?","wait_seconds":-1}""", "wait_seconds has to be a whole number from 0 to 3600, as 30; you sent -1.")]
    [InlineData("stream_status", """{"stream":7}""", "stream has to be a string, as \"text\"; you sent 7.")]
    public async Task Call_WithWrongArguments_SaysWhatIsWrongAndWhatToSend(string tool, string arguments, string says)
    {
        await using var client = await TestClient.ConnectAsync(fixture.Gateway);

        var error = (await client.CallRawAsync(tool, arguments)).Error();

        error.ShouldContain(says);
        error.ShouldNotContain("Exception");
        error.ShouldNotContain("An error occurred");
    }

    [Fact]
    public async Task Call_WithSeveralWrongArguments_NamesEach()
    {
        await using var client = await TestClient.ConnectAsync(fixture.Gateway);

        var error = (await client.CallRawAsync("push_stream", """{"port":"x","host":3}""")).Error();

        error.ShouldStartWith("push_stream was not carried out. ");
        error.ShouldContain("port has to be");
        error.ShouldContain("host has to be a string");
        error.ShouldContain("message is missing");
    }
}
