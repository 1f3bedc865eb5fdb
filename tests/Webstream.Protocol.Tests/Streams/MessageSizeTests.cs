namespace Webstream.Protocol.Tests.Streams;

public class MessageSizeTests
{
    [Fact]
    public void Of_TextAlone_IsItsUtf8AndTheOverhead() =>
        MessageSize.Of("héllo", null, null, null).ShouldBe(MessageSize.Overhead + 6);

    [Fact]
    public void Of_AllMembers_CountsEach() =>
        MessageSize.Of("ab", "type", "sé", ["é", "no"]).ShouldBe(MessageSize.Overhead + 2 + 4 + 3 + 2 + 2);
}
