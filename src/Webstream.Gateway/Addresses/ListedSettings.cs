using System.ComponentModel.DataAnnotations;

namespace Webstream.Gateway.Addresses;

/// <summary>A setting that is a list, separated by commas. The gateway refuses entries that could never match anything.</summary>
internal static class ListedSettings
{
    /// <summary>The entries of a list.</summary>
    public static string[] Split(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Refuses an entry that has another separator within it, and says how to write the list.</summary>
    /// <exception cref="FormatException">It has one.</exception>
    public static void RefuseOtherSeparators(string setting, string entry)
    {
        if (entry.Any(c => c is ';' or '|' || char.IsWhiteSpace(c)))
        {
            var parts = entry.Split([';', '|', ' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
            throw new FormatException($"{setting} has '{entry}'. Commas separate the entries: {string.Join(',', parts)}.");
        }
    }
}

/// <summary>Accepts a setting that a method can read. The method's exception says what to write instead.</summary>
internal abstract class ReadableAttribute : ValidationAttribute
{
    /// <exception cref="FormatException">The text cannot be read.</exception>
    protected abstract void Read(string text);

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        try
        {
            Read((string?)value ?? "");
            return ValidationResult.Success;
        }
        catch (FormatException wrong)
        {
            return new(wrong.Message);
        }
    }
}
