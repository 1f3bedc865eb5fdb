namespace Webstream.Protocol.Tests.Streams;

public class EventTypeTests
{
    [Theory]
    [InlineData("question")]
    [InlineData("reply")]
    [InlineData("build:done")]
    [InlineData("message")]
    [InlineData("resumed")]
    [InlineData("opens")]
    public void IsValid_OrdinaryType_IsTaken(string type) => EventType.IsValid(type).ShouldBeTrue();

    [Theory]
    [InlineData("resume")]
    [InlineData("error")]
    [InlineData("open")]
    [InlineData("close")]
    [InlineData("Resume")]
    [InlineData("ERROR")]
    public void IsValid_WordOfTheGatewayOrTheBrowser_IsRefused(string type) => EventType.IsValid(type).ShouldBeFalse();

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a\nid: 1-1")]
    [InlineData("a\r")]
    [InlineData("-a")]
    [InlineData("ü")]
    public void IsValid_TextOutsideTheGrammar_IsRefused(string type) => EventType.IsValid(type).ShouldBeFalse();

    [Fact]
    public void IsValid_HundredCharacters_IsTheLongest()
    {
        EventType.IsValid(new string('e', 100)).ShouldBeTrue();
        EventType.IsValid(new string('e', 101)).ShouldBeFalse();
    }
}
