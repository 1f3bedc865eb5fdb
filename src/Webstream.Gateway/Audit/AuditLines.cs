using System.Net;

namespace Webstream.Gateway.Audit;

/// <summary>The lines of the audit.</summary>
internal static partial class AuditLines
{
    [LoggerMessage(EventId = 1, Message = "{Who} from {Address}: {Method} {Path}{Notes}: {Status}")]
    public static partial void Request(ILogger logger, LogLevel level, string who, IPAddress? address, string method, string path, string notes, int status);

    [LoggerMessage(2, LogLevel.Information, "{Who} from {Address}: {Action} refused at {Path}{Notes}: {Status}")]
    public static partial void Refusal(ILogger logger, string who, IPAddress? address, string action, string path, string notes, int status);

    [LoggerMessage(3, LogLevel.Information, "{Who} from {Address}: {Action} refused {Count} times more within a minute: {Status}")]
    public static partial void Refusals(ILogger logger, string who, IPAddress? address, string action, int count, int status);

    [LoggerMessage(4, LogLevel.Information, "{Count} refusals more within a minute, from more callers than are counted one by one")]
    public static partial void OtherRefusals(ILogger logger, int count);
}
