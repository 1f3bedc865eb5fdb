namespace Webstream.Grains.Tests.Streams;

/// <summary>Pushes as gateways send them.</summary>
internal static class Pushes
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>A push of these texts with this key.</summary>
    public static PublishCommand WithKey(string key, params string[] texts) => new([.. texts.Select(text => new PushItem { Message = text })], key, Patience);

    /// <summary>A push of these texts with a key of its own.</summary>
    public static PublishCommand Of(params string[] texts) => WithKey(Guid.NewGuid().ToString("N"), texts);

    /// <summary>A push of that many messages.</summary>
    public static PublishCommand OfCount(int count) => Of([.. Enumerable.Range(1, count).Select(i => $"m{i}")]);
}
