using System.Globalization;
using Webstream.Gateway.Memory;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Limits;

/// <summary>What a caller that has reached a limit is told: which limit, whose, where it is set, and what the caller can do.</summary>
internal static class LimitTexts
{
    private const string Setting = "Webstream__Limits__";

    /// <summary>For a caller that has reached a limit.</summary>
    /// <param name="caller">The caller.</param>
    /// <param name="limit">The limit.</param>
    /// <param name="most">Its value for this caller.</param>
    public static string Of(ILimitedCaller caller, Limit limit, long most) => limit switch
    {
        Limit.Messages => Text(caller, $"may push {Number(most)} messages a second", "MessagesPerSecond", caller.OwnLimits?.MessagesPerSecond)
            + " Nothing was pushed. Push less often; a batch counts as the messages that it holds.",
        Limit.Bytes => Text(caller, $"may push {Number(most)} bytes a second", "BytesPerSecond", caller.OwnLimits?.BytesPerSecond)
            + " Nothing was pushed. Push less often, or shorter messages.",
        Limit.NewStreams => Text(caller, $"may begin {Number(most)} streams a minute", "NewStreamsPerMinute", caller.OwnLimits?.NewStreamsPerMinute)
            + " Nothing was pushed. Push to a stream that has messages, or later.",
        Limit.Requests => Text(caller, $"may send {Number(most)} requests a second", "RequestsPerSecond", null)
            + " Ask less often; wait= holds an answer until there is something new.",
        Limit.Listeners => Text(caller, $"may have {Number(most)} listeners", "Listeners", caller.OwnLimits?.Listeners) + " End some, or try again later.",
        _ => throw new ArgumentOutOfRangeException(nameof(limit)),
    };

    /// <summary>For a caller that pushes more often than <c>Webstream__Push__PerSecond</c> says.</summary>
    public static string ForPushes(int perSecond) =>
        $"One caller may push {Number(perSecond)} times a second here. Push less often, or several messages in one batch (Webstream__Push__PerSecond).";

    /// <summary>For an address that sends wrong keys.</summary>
    public static string ForWrongKeys(CallerAddress address, long perMinute) =>
        $"The key is wrong, and the address {address} has sent more than {Number(perMinute)} wrong keys a minute ({Setting}WrongKeysPerMinute). "
        + "Try again later, with a key that is right.";

    /// <summary>For a key that has begun as many streams as may have messages.</summary>
    public static string ForKeyStreams(CallerQuota? quota) =>
        $"The key {quota?.Key} may have {Number(quota?.Streams)} {(quota?.Streams == 1 ? "stream" : "streams")} with messages in the cluster (streams of the key's limits). Nothing was pushed. "
        + "Push to one that has messages, delete one (DELETE /api/streams/{name}), or wait until the messages of one are too old to be retained.";

    /// <summary>For a key whose streams retain as much as they may.</summary>
    public static string ForKeyBytes(CallerQuota? quota) =>
        $"The streams that the key {quota?.Key} began may retain {Number(quota?.Bytes)} bytes together in the cluster (bytes of the key's limits), and would retain more "
        + "with this. Nothing was pushed. Delete one of them (DELETE /api/streams/{name}), let them retain less (PUT /api/streams/{name}/settings), or wait until "
        + "messages are too old to be retained.";

    /// <summary>For a push to a stream that another key began, whose streams retain as much as they may.</summary>
    public static string ForOtherKeyBytes() =>
        "This stream was begun with another key, whose streams may not retain more in the cluster (bytes of that key's limits). Nothing was pushed. "
        + "Push to another stream, or ask who gave out the keys.";

    private static string Text(ILimitedCaller caller, string what, string name, long? own) =>
        $"{caller.LimitedAs} {what} at this gateway ({(own is null ? $"{Setting}{name}" : $"{char.ToLowerInvariant(name[0])}{name[1..]} of the key's limits")}).";

    private static string Number(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "no more";
}
