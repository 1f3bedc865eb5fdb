using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Webstream.ServiceDefaults.Logging;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.ServiceDefaults.Tests.Logging;

public sealed class ConsoleLoggingTests
{
    [Theory]
    [MemberData(nameof(HostileText.Cases), MemberType = typeof(HostileText))]
    public void Lines_WithHostileTextEverywhere_AreOneForEachEntry(string text, string expected)
    {
        using var console = new FormattedConsole(("Logging:Console:FormatterOptions:IncludeScopes", "true"));

        var written = console.Write($"message {text}.", $"category {text}.", new InvalidOperationException($"failure {text}."), $"scope {text}.");

        written.ShouldMatch(@"\A\d\d:\d\d:\d\d warn: [^\x00-\x1f]*\n\z");
        written[..^1].Any(char.IsControl).ShouldBeFalse();
        written.ShouldContain($" warn: category {expected}.[7] => scope {expected}. message {expected}. System.InvalidOperationException: failure {expected}.");
    }

    [Theory]
    [MemberData(nameof(HostileText.Cases), MemberType = typeof(HostileText))]
    public void Json_WithHostileTextEverywhere_IsOneObjectALine(string text, string expected)
    {
        using var console = new FormattedConsole(
            ("Webstream:Console:Format", "json"), ("Logging:Console:FormatterOptions:IncludeScopes", "true"));

        var written = console.Write($"message {text}.", $"category {text}.", new InvalidOperationException($"failure {text}."), $"scope {text}.");

        written.ShouldMatch(@"\A\{[ -~]*\}\n\z", expected);
        using var entry = JsonDocument.Parse(written);
        entry.RootElement.GetProperty("Message").GetString().ShouldBe($"message {text}.");
        entry.RootElement.GetProperty("Category").GetString().ShouldBe($"category {text}.");
        entry.RootElement.GetProperty("Exception").GetString().ShouldStartWith($"System.InvalidOperationException: failure {text}.");
        DateTimeOffset.TryParse(entry.RootElement.GetProperty("Timestamp").GetString(), out _).ShouldBeTrue();
    }

    [Theory]
    [InlineData("text", "half \\u{d83d}.")]
    [InlineData("json", "half \\uFFFD.")]
    public void Half_OfASurrogatePair_IsWritten(string format, string expected)
    {
        using var console = new FormattedConsole(("Webstream:Console:Format", format));

        console.Write("half \ud83d.", "category").ShouldContain(expected);
    }

    [Fact]
    public void Trace_OfAnExceptionThatWasThrown_IsInTheEntrysLine()
    {
        using var console = new FormattedConsole();
        Exception thrown;
        try
        {
            throw new InvalidOperationException("first\nsecond", new FormatException("cause"));
        }
        catch (InvalidOperationException failure)
        {
            thrown = failure;
        }

        var written = console.Write("message", "category", thrown);

        written.Count(c => c == '\n').ShouldBe(1);
        written.ShouldContain("System.InvalidOperationException: first\\nsecond\\n ---> System.FormatException: cause\\n");
        written.ShouldContain($"\\n   at {typeof(ConsoleLoggingTests).FullName}.");
    }

    [Fact]
    public void Entry_WithoutATimeOfItsOwn_HasTheUsualOne_AndKeepsAConfiguredOne()
    {
        using var usual = new FormattedConsole();
        using var configured = new FormattedConsole(("Logging:Console:FormatterOptions:TimestampFormat", "'at' yyyy "));

        usual.Write("message", "category").ShouldMatch(@"\A\d\d:\d\d:\d\d warn: category\[7\] message\n\z");
        configured.Write("message", "category").ShouldMatch(@"\Aat \d{4} warn: category\[7\] message\n\z");
    }

    [Theory]
    [InlineData("xml")]
    [InlineData("1")]
    [InlineData("text,json")]
    [InlineData("json\n")]
    public void Format_ThatThereIsNot_StopsTheStartAndSaysWhichThereAre(string format) =>
        Should.Throw<StartRefusedException>(() => new FormattedConsole(("Webstream:Console:Format", format)))
            .Message.ShouldBe("Webstream__Console__Format is text, a line for people, or json, a JSON object in each line.");

    [Theory]
    [InlineData("", "lines")]
    [InlineData("text", "lines")]
    [InlineData("JSON", "json")]
    public void Format_OfTheSettings_IsTheConsoles(string format, string formatter)
    {
        using var console = new FormattedConsole(("Webstream:Console:Format", format), ("Logging:Console:FormatterName", "simple"));

        console.FormatterName.ShouldBe(formatter);
    }

    /// <summary>Captures the lines that the console would get, from the formatter that the settings choose.</summary>
    private sealed class FormattedConsole : IDisposable
    {
        private readonly ServiceProvider services;

        public FormattedConsole(params (string Name, string Value)[] settings)
        {
            var configuration = new ConfigurationBuilder()
                .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Name, (string?)s.Value))).Build();
            services = new ServiceCollection().AddLogging(logging => logging
                .AddConfiguration(configuration.GetSection("Logging"))
                .AddWebstreamConsole(configuration.GetSection("Webstream"))).BuildServiceProvider();
        }

        public string FormatterName => services.GetRequiredService<IOptions<ConsoleLoggerOptions>>().Value.FormatterName!;

        public string Write(string message, string category, Exception? failure = null, string? scope = null)
        {
            var formatter = services.GetServices<ConsoleFormatter>().Single(one => one.Name == FormatterName);
            var scopes = new LoggerExternalScopeProvider();
            using var within = scope is null ? null : scopes.Push(scope);
            using var written = new StringWriter();
            formatter.Write(new LogEntry<string>(LogLevel.Warning, category, 7, message, failure, (state, _) => state), scopes, written);
            return written.ToString();
        }

        public void Dispose() => services.Dispose();
    }
}
