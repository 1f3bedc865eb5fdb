using Microsoft.Extensions.Options;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.ServiceDefaults.Tests.Starting;

public sealed class StartRefusalTests
{
    [Fact]
    public void Refusal_OfAValueThatMisleads_ShowsItsCharacters() =>
        new StartRefusedException("It has 'a\u202Ey\n', which is \u00FC.").Message.ShouldBe("It has 'a\\u{202e}y\\n', which is \u00FC.");

    [Fact]
    public void Refusal_ItIsOne_IsItself()
    {
        var refused = new StartRefusedException("Because.");

        StartRefusal.Of(refused).ShouldBeSameAs(refused);
    }

    [Fact]
    public void Refusal_OfWrongOptions_HasTheirTextsAlone()
    {
        const string Annotation = "DataAnnotation validation failed for 'HistoryOptions' members: 'MaxStreams' with the error: 'MaxStreams is a number.'.";
        var wrong = new OptionsValidationException("", typeof(object), [Annotation, "Another rule."]);

        StartRefusal.Of(wrong)!.Message.ShouldBe("MaxStreams is a number. Another rule.");
        StartRefusal.Of(new AggregateException(wrong, wrong))!.Message.ShouldBe("MaxStreams is a number. Another rule. MaxStreams is a number. Another rule.");
    }

    [Fact]
    public void Refusal_OfAFaultOfTheProgram_IsNone()
    {
        StartRefusal.Of(new InvalidOperationException("Ours.")).ShouldBeNull();
        StartRefusal.Of(new AggregateException(new InvalidOperationException("Ours."))).ShouldBeNull();
    }
}
