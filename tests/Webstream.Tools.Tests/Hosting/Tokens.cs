using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.ML.Tokenizers;

namespace Webstream.Tools.Tests.Hosting;

/// <summary>Counts what a text costs a model, by the tokenizer o200k_base.</summary>
internal static class Tokens
{
    private static readonly TiktokenTokenizer Tokenizer = TiktokenTokenizer.CreateForEncoding("o200k_base");

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static int In(string text) => Tokenizer.CountTokens(text);

    public static int In(JsonElement json) => In(JsonSerializer.Serialize(json, Readable));
}
