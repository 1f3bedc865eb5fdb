using System.ComponentModel.DataAnnotations;

namespace Webstream.ServiceDefaults.Settings;

/// <summary>Marks an option as a secret: no error shows its value.</summary>
/// <param name="name">The setting's name, as people write it.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretAttribute(string name) : ValidationAttribute
{
    /// <summary>Whether it lets callers in who send it: then it must be too long to be guessed.</summary>
    public bool LetsIn { get; init; }

    /// <inheritdoc/>
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is string text && (Secret.Refusal(text) ?? (LetsIn ? Secret.RefusalOfShort(text) : null)) is { } refusal
            ? new($"{name} {refusal}")
            : ValidationResult.Success;
}
