using System.Security.Cryptography;
using System.Text;
using Webstream.ServiceDefaults.Settings;

namespace Webstream.ServiceDefaults.Tests.Settings;

public sealed class PlaceholderTests
{
    public static TheoryData<string> Placeholders { get; } =
    [
        "${user_config.api_key}", "${WEBSTREAM_API_KEY}", "${input:key}", "${env:KEY}", "${KEY:-}", "${KEY:?must be set}", "${{ secrets.API_KEY }}",
        "$(KEY)", "$[KEY]", "{{key}}", "{{ .Values.key }}", "{{{key}}}", "{key}", "[[key]]", "[[ webstream-key ]]",
        "{{key}}suffix", "wsk_{{ .Values.key }}", "Bearer ${API_KEY}", "${user_config.key}x", "{% key %}", "#{KEY}#", "#{KEY}", "%{KEY}", "%(key)s", "%KEY%",
        "%WEBSTREAM_API_KEY%", "$KEY", "$WEBSTREAM_API_KEY", "$webstream_api_key", "$env:KEY", "@KEY@", "@@KEY@@", "__API_KEY__", "((webstream-key))",
        "<key>", "<your-key>", "<YOUR KEY HERE>", "<%= key %>", "your-key", "your_key", "YOUR_API_KEY", "your api key", "yourkey", "your-api-key-here",
        "YOUR-WEBSTREAM-KEY", "[your key]", "\"your-key\"", "enter-your-key-here", "insert-key-here", "paste_your_token_here", "replace-with-your-key",
        "key-goes-here", "api_key_here", "change-me", "changeme", "CHANGE_ME", "change-this", "replace-me", "xxx", "xxxxxxxx", "XXXX-XXXX", "***", "...",
        "???", "placeholder", "undefined", "null", "[object Object]", "todo", "api-key", "API_KEY", "WEBSTREAM_API_KEY", "example-key", " ${KEY}\n",
    ];

    public static TheoryData<string> Keys { get; } =
    [
        "k", "key", "the-key", "secret", "open-sesame", "wrong", "another-key", "hunter2", "s3cret!", "$ecret", "$2b$12$abcdefghijklmnopqrstuv", "a${b",
        "wsk_0123456789abcdef", "sk-ant-api03-abc_DEF-1", "8a7c1d6e-43f1-4c0e-9a50-0f4be9a2a5d1", "correct horse battery staple",
        "eyJhbGciOiJIUzI1NiJ9.e30.ZRrHA1JJJW8opsbCGfG", "100%", "%41%42", "<>", "{}", "$", "$1", "@home", "xx", "a{b}c", "yours-truly", "Zm9vYmFy==",
    ];

    [Theory]
    [MemberData(nameof(Placeholders))]
    public void Text_ThatStandsForAKey_IsAPlaceholder(string text) => Placeholder.Is(text).ShouldBeTrue();

    [Theory]
    [MemberData(nameof(Keys))]
    public void Key_OfAPerson_IsNone(string text) => Placeholder.Is(text).ShouldBeFalse();

    [Fact]
    public void Key_MadeAtRandom_IsNone()
    {
        // Every printable character: what password managers make. Seeded, so that the test never fails by chance.
        var random = new Random(13);
        var keys = Enumerable.Range(0, 100_000).Select(i => new string([.. Enumerable.Range(0, 12 + (i % 32)).Select(_ => (char)random.Next('!', '~' + 1))]));

        keys.Where(key => Placeholder.Is(key) || (!key.Contains(',') && Placeholder.IsIn($"redis:6379,password={key}"))).ShouldBeEmpty();
        Enumerable.Range(0, 1000).Select(i => SHA256.HashData(Encoding.UTF8.GetBytes($"{i}")))
            .SelectMany(bytes => new[] { Convert.ToBase64String(bytes), Convert.ToHexString(bytes), Convert.ToHexStringLower(bytes) })
            .Where(Placeholder.Is).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("https://${HOST}/")]
    [InlineData("http://$HOST:8000")]
    [InlineData("http://127.0.0.1:$PORT")]
    [InlineData("http://%HOST_NAME%:8000/")]
    [InlineData("https://{{ host }}/hub")]
    [InlineData("https://<your-host>/")]
    [InlineData("https://your-host:8000")]
    [InlineData("https://user:your-password@stream.example.org")]
    [InlineData("${PORT}")]
    [InlineData("a.example,${OTHER}")]
    [InlineData("${HOME}/state")]
    [InlineData("redis:6379,password=${REDIS_PASSWORD}")]
    [InlineData("${REDIS}:6379,password=abc")]
    [InlineData("undefined")]
    public void Text_ThatHoldsAPlaceholder_IsFound(string text) => Placeholder.IsIn(text).ShouldBeTrue();

    [Theory]
    [InlineData("")]
    [InlineData("https://stream.example.org/h%C3%A9AB%C3%A9")]
    [InlineData("http://[::1]:8000")]
    [InlineData("https://ann:$ecret@stream.example.org")]
    [InlineData("*.example.org, b.example")]
    [InlineData("/home/ann/todo/null/key")]
    [InlineData("redis:6379,user=webstream,password=change-me")]
    [InlineData("redis:6379,password=a<b>c${d")]
    [InlineData("1.00:00:00")]
    [InlineData("key")]
    [InlineData("loopback")]
    public void Text_ThatIsAValue_IsNot(string text) => Placeholder.IsIn(text).ShouldBeFalse();
}
