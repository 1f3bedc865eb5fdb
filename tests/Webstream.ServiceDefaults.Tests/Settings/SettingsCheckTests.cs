using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Webstream.ServiceDefaults.Settings;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.ServiceDefaults.Tests.Settings;

public sealed class SettingsCheckTests
{
    [Fact]
    public void EverySetting_OfEitherProgram_IsKnown() =>
        Should.NotThrow(() => SettingsCheck.RefuseUnknown(Section([.. KnownSettings.Names.Select(name => (name.Replace("__", ":", StringComparison.Ordinal), "x"))])));

    [Fact]
    public void Name_InAnotherCase_IsKnown() =>
        Should.NotThrow(() => SettingsCheck.RefuseUnknown(Section(("Webstream:LOG:maxstreams", "5"))));

    [Fact]
    public void Name_ThatThereIsNotInASection_IsRefusedWithThoseOfTheSection() =>
        Should.Throw<StartRefusedException>(() => SettingsCheck.RefuseUnknown(Section(("Webstream:Hub:Lingers", "00:00:15"))))
            .Message.ShouldBe("Webstream__Hub__Lingers is not a setting. There are Webstream__Hub__HoleGrace, Webstream__Hub__Linger.");

    [Theory]
    [InlineData("Webstream:Wirte", "Webstream__Wirte")]
    [InlineData("Webstream:Logs:MaxStreams", "Webstream__Logs")]
    public void Name_ThatThereIsNotAtAll_IsRefusedWithSettingsAndSections(string name, string named)
    {
        var text = Should.Throw<StartRefusedException>(() => SettingsCheck.RefuseUnknown(Section((name, "1")))).Message;

        text.ShouldStartWith($"{named} is not a setting. There are Webstream__AllowedHosts, ");
        text.ShouldContain(", Webstream__Log, ");
        text.ShouldEndWith(", Webstream__Write.");
    }

    [Theory]
    [InlineData("Number", "abc", "Number is a number.")]
    [InlineData("Number", "", "Number is a number.")]
    [InlineData("Number", "99999999999", "Number is a number.")]
    [InlineData("Flag", "maybe", "Webstream__Part__Flag cannot be 'maybe'.")]
    [InlineData("Choice", "2", "Choice is first, second or third.")]
    [InlineData("Choice", " 2", "Choice is first, second or third.")]
    [InlineData("Choice", "-0", "Choice is first, second or third.")]
    [InlineData("Choice", "first,third", "Choice is first, second or third.")]
    [InlineData("Choice", "first,", "Choice is first, second or third.")]
    [InlineData("Choice", "fourth", "Choice is first, second or third.")]
    [InlineData("Choice", "", "Choice is first, second or third.")]
    [InlineData("Other", "1", "Webstream__Part__Other cannot be '1'.")]
    public void Value_ThatCannotBeRead_IsRefusedWhenItsOptionsAreRegistered(string name, string value, string text) =>
        Should.Throw<StartRefusedException>(() => new ServiceCollection().AddSettings<PartOptions>(Section(($"Webstream:Part:{name}", value)), "Part"))
            .Message.ShouldBe(text);

    [Theory]
    [InlineData("second")]
    [InlineData("SECOND")]
    [InlineData(" Second ")]
    public void Choice_ByItsNameInAnyCase_IsTaken(string value)
    {
        var services = new ServiceCollection();
        services.AddSettings<PartOptions>(Section(("Webstream:Part:Choice", value), ("Webstream:Part:Other", value)), "Part");
        using var provider = services.BuildServiceProvider();

        provider.GetRequiredService<IOptions<PartOptions>>().Value.ShouldSatisfyAllConditions(
            options => options.Choice.ShouldBe(Choice.Second), options => options.Other.ShouldBe(Choice.Second));
    }

    [Theory]
    [InlineData("Number", "${MANY}", "Webstream__Part__Number holds a placeholder, such as ${NAME} or your-key, that nothing has filled in. Write the value itself, or leave the setting out. Number is a number.")]
    [InlineData("Text", "https://${HOST}/", "Webstream__Part__Text holds a placeholder, such as ${NAME} or your-key, that nothing has filled in. Write the value itself, or leave the setting out.")]
    [InlineData("Key", "your-key", "Webstream__Part__Key holds a placeholder, such as ${NAME} or your-key, that nothing has filled in. Write the value itself, or leave the setting out.")]
    [InlineData("RedisPassword", "${PASSWORD}", "Webstream__Part__RedisPassword holds a placeholder, such as ${NAME} or your-key, that nothing has filled in. Write the value itself, or leave the setting out.")]
    public void Value_ThatIsAPlaceholder_IsRefusedAsSuchAndNotShown(string name, string value, string text) =>
        Should.Throw<StartRefusedException>(() => new ServiceCollection().AddSettings<PartOptions>(Section(($"Webstream:Part:{name}", value)), "Part"))
            .Message.ShouldBe(text);

    [Theory]
    [InlineData("Text", "<a>", false)]
    [InlineData("Key", "a<b>${c", true)]
    [InlineData("RedisPassword", "change-me<b>", true)]
    [InlineData("RedisPassword", "change-me", true)]
    public void Value_OfASecret_IsJudgedAsAWhole(string name, string value, bool taken)
    {
        Action register = () => new ServiceCollection().AddSettings<PartOptions>(Section(($"Webstream:Part:{name}", value)), "Part");

        if (taken)
        {
            register.ShouldNotThrow();
        }
        else
        {
            register.ShouldThrow<StartRefusedException>();
        }
    }

    [Fact]
    public void Key_WithALineBreakAtItsEnd_IsRefusedByNameAndNotShown()
    {
        var services = new ServiceCollection();
        services.AddSettings<PartOptions>(Section(("Webstream:Part:Key", "abcdef\n")), "Part");
        using var provider = services.BuildServiceProvider();

        var text = StartRefusal.Of(Should.Throw<OptionsValidationException>(provider.GetRequiredService<IStartupValidator>().Validate))!.Message;

        text.ShouldStartWith("Webstream__Part__Key has a blank, a line break or another character that is not printable ASCII, ");
        text.ShouldNotContain("abcdef");
    }

    [Fact]
    public void Options_ThatAreRegistered_AreReadFromTheirSectionAndChecked()
    {
        var services = new ServiceCollection();
        services.AddSettings<PartOptions>(Section(("Webstream:Part:Number", "11")), "Part");
        using var provider = services.BuildServiceProvider();

        var failure = Should.Throw<OptionsValidationException>(provider.GetRequiredService<IStartupValidator>().Validate);

        StartRefusal.Of(failure)!.Message.ShouldBe("Number is a number.");
        provider.GetServices<SettingsSection>().ShouldHaveSingleItem().SettingNames.ShouldBe(["Webstream__Part__Number", "Webstream__Part__Flag", "Webstream__Part__Choice", "Webstream__Part__Other", "Webstream__Part__Text", "Webstream__Part__Key", "Webstream__Part__RedisPassword"]);
    }

    [Fact]
    public void Options_OfNoSection_AreReadFromTheTop()
    {
        var services = new ServiceCollection();
        services.AddSettings<PartOptions>(Section(("Webstream:Number", "7")), "");
        using var provider = services.BuildServiceProvider();

        provider.GetRequiredService<IOptions<PartOptions>>().Value.Number.ShouldBe(7);
        provider.GetServices<SettingsSection>().ShouldHaveSingleItem().SettingNames.ShouldBe(["Webstream__Number", "Webstream__Flag", "Webstream__Choice", "Webstream__Other", "Webstream__Text", "Webstream__Key", "Webstream__RedisPassword"]);
    }

    [Fact]
    public void List_Items_AreReadInTheOrderOfTheirNumbers()
    {
        using var provider = ListOf(("Webstream:Parts:10:Number", "3"), ("Webstream:Parts:2:Number", "2"), ("Webstream:Parts:2:Text", "x"));

        provider.GetRequiredService<IOptions<PartsOptions>>().Value.Parts.Select(part => (part.Number, part.Text)).ShouldBe([(2, "x"), (3, null)]);
        provider.GetServices<SettingsSection>().ShouldHaveSingleItem().SettingNames.ShouldBe(["Webstream__Parts__N__Number", "Webstream__Parts__N__Text"]);
    }

    [Fact]
    public void List_ItemOutOfItsRange_IsRefusedByItsNumber()
    {
        using var provider = ListOf(("Webstream:Parts:0:Number", "1"), ("Webstream:Parts:7:Number", "11"));

        var failure = Should.Throw<OptionsValidationException>(provider.GetRequiredService<IStartupValidator>().Validate);

        StartRefusal.Of(failure)!.Message.ShouldBe("Webstream__Parts__7__Number is a number from 1 to 10.");
    }

    [Fact]
    public void List_ItemThatCannotBeRead_IsRefusedByItsNumber() =>
        Should.Throw<StartRefusedException>(() => ListOf(("Webstream:Parts:7:Number", "many"))).Message
            .ShouldBe("Webstream__Parts__7__Number is a number from 1 to 10.");

    [Theory]
    [InlineData("Webstream:Streams:0:Macth", "Webstream__Streams__0__Macth is not a setting. There are ", "Webstream__Streams__0__Match")]
    [InlineData("Webstream:Streams:Match", "Webstream__Streams__Match is not a setting. Its items have numbers, for example ", "Webstream__Streams__0__")]
    public void RefuseUnknown_NameInAList_SaysWhatThereIs(string name, string says, string and)
    {
        var message = Should.Throw<StartRefusedException>(() => SettingsCheck.RefuseUnknown(Section((name, "x")))).Message;
        message.ShouldStartWith(says);
        message.ShouldContain(and);
    }

    private static ServiceProvider ListOf(params (string Name, string Value)[] settings)
    {
        var services = new ServiceCollection();
        services.AddSettingsList<PartsOptions, PartOfAList>(Section(settings), "Parts", options => options.Parts);
        return services.BuildServiceProvider();
    }

    private sealed class PartsOptions
    {
        public IList<PartOfAList> Parts { get; } = [];
    }

    private sealed class PartOfAList
    {
        [Range(1, 10, ErrorMessage = "Webstream__Parts__N__Number is a number from 1 to 10.")]
        public int? Number { get; set; }

        public string? Text { get; set; }
    }

    private static IConfigurationSection Section(params (string Name, string Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Name, (string?)setting.Value)))
        .Build()
        .GetSection("Webstream");

    private enum Choice
    {
        First,
        Second,
        Third,
    }

    private sealed class PartOptions
    {
        [Range(1, 10, ErrorMessage = "Number is a number.")]
        public int Number { get; set; } = 5;

        public bool Flag { get; set; }

        [EnumDataType(typeof(Choice), ErrorMessage = "Choice is first, second or third.")]
        public Choice Choice { get; set; }

        public Choice? Other { get; set; }

        public string Text { get; set; } = "";

        [Secret("Webstream__Part__Key")]
        public string Key { get; set; } = "";

        public string RedisPassword { get; set; } = "";

        public bool IsRead => Flag;
    }
}
