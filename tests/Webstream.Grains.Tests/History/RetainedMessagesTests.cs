using Webstream.Grains.History;
using Webstream.Grains.Memory;

namespace Webstream.Grains.Tests.History;

public class RetainedMessagesTests
{
    private readonly RetainedMessages retained = new();

    [Fact]
    public void DropOldest_MessageByMessage_LeavesTheOthersAndWhatTheyWeigh()
    {
        var messages = Messages.Range(7, 3);
        Array.ForEach(messages, retained.Add);
        (retained.Count, retained.Bytes).ShouldBe((3, messages.Sum(message => message.Size)));
        retained.Weight.ShouldBe(messages.Sum(MessageWeight.Of));

        retained.DropOldest();

        (retained.Count, retained[0], retained.Bytes).ShouldBe((2, messages[1], messages[1..].Sum(message => message.Size)));
        retained.DropOldest();
        retained.DropOldest();
        (retained.Count, retained.Bytes, retained.Weight).ShouldBe((0, 0, 0));
    }

    [Fact]
    public void DropOldest_OfSeveralMessagesWithOneKey_DropsTheKeyWithTheLast()
    {
        var batch = Messages.Batch(Messages.Range(7, 2));
        Array.ForEach([.. batch.Messages], retained.Add);
        retained.Add(batch.Keys[0]);
        var weight = retained.Weight;

        retained.DropOldest();

        retained.Find("key-7").ShouldBe(batch.Keys[0]);
        retained.Keys.ShouldBe(batch.Keys);
        retained.Weight.ShouldBe(weight - MessageWeight.Of(batch.Messages[0]));
        retained.DropOldest();
        retained.Find("key-7").ShouldBeNull();
        retained.Weight.ShouldBe(0);
    }
}
