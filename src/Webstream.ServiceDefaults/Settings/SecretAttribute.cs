using System.ComponentModel.DataAnnotations;

namespace Webstream.ServiceDefaults.Settings;

/// <summary>Marks an option as a secret: no error shows its value.</summary>
/// <param name="name">The setting's name, as people write it.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretAttribute(string name) : ValidationAttribute($"{name} {Secret.Refusal}")
{
    /// <inheritdoc/>
    public override bool IsValid(object? value) => value is not string text || Secret.IsClean(text);
}
