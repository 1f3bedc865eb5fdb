using Webstream.ServiceDefaults.Settings;

namespace Webstream.ServiceDefaults.Tests.Settings;

public sealed class TwoNamesTests
{
    [Theory]
    [InlineData("WEBSTREAM_API_KEY=a Webstream__ApiKey=b", "WEBSTREAM_API_KEY and Webstream__ApiKey")]
    [InlineData("WEBSTREAM_PUBLIC_URL=a WEBSTREAM__PUBLICURL=b", "WEBSTREAM_PUBLIC_URL and WEBSTREAM__PUBLICURL")]
    [InlineData("Webstream__Write=a WEBSTREAM__WRITE=b", "WEBSTREAM__WRITE and Webstream__Write")]
    [InlineData("Webstream:Write=a Webstream__Write=b", "Webstream:Write and Webstream__Write")]
    [InlineData("WEBSTREAM_API_KEY=a Webstream__ApiKey=a", null)]
    [InlineData("WEBSTREAM_API_KEY= Webstream__ApiKey=b", null)]
    [InlineData("WEBSTREAM_API_KEY=a Webstream__PublicUrl=b", null)]
    [InlineData("Path=a PATH=b", null)]
    public void Setting_WithTwoValues_IsNamedAndNotShown(string environment, string? names) =>
        TwoNames.Refusal(environment.Split(' ').Select(variable => variable.Split('=')).Select(parts => KeyValuePair.Create(parts[0], parts[1])))
            .ShouldBe(names is null ? null : $"{names} are one setting, and have different values. Leave one of them out.");
}
