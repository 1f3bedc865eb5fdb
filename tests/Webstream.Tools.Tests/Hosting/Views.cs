using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Webstream.Tools.Tests.Hosting;

/// <summary>What a model sees of an answer: some clients show it only the members, others only the text.</summary>
internal static partial class Views
{
    public const string Members = "members";
    public const string Text = "text";

    public static TheoryData<string> All => [Members, Text];

    /// <summary>Everything that the model reads.</summary>
    public static string Seen(this ToolReply reply, string view) =>
        view == Text ? reply.Text : JsonSerializer.Serialize(reply.Members, Readable);

    /// <summary>The call that the answer says to make next: the tool, and its arguments as JSON.</summary>
    public static (string Tool, string Arguments) NextCall(this ToolReply reply, string view)
    {
        if (view == Members)
        {
            var call = reply.Members.GetProperty("nextCall");
            return (call.GetProperty("tool").GetString()!, call.GetProperty("arguments").GetRawText());
        }

        // The last line: what others wrote stands before it.
        var said = Call().Match(reply.Text.Split('\n')[^1]);
        said.Success.ShouldBeTrue(reply.Text);
        var arguments = Argument().Matches(said.Groups[2].Value).ToDictionary(
            argument => argument.Groups[1].Value,
            argument => argument.Groups[2].Success ? (object)argument.Groups[2].Value : long.Parse(argument.Groups[3].Value, CultureInfo.InvariantCulture));
        return (said.Groups[1].Value, JsonSerializer.Serialize(arguments));
    }

    private static readonly JsonSerializerOptions Readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [GeneratedRegex(@"(read_stream) with (.*)\.$")]
    private static partial Regex Call();

    [GeneratedRegex("""([A-Za-z_]+)=(?:"([^"]*)"|([0-9]+))""")]
    private static partial Regex Argument();
}
