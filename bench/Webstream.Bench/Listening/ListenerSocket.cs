using Webstream.Bench.Linux;

namespace Webstream.Bench.Listening;

/// <summary>A listener's socket, on its way to its gateway.</summary>
internal static class ListenerSocket
{
    /// <summary>The descriptor, and the result of the connect so far; below zero it is <c>-errno</c>.</summary>
    public static (int Descriptor, int Result) Open(ListenerSettings settings, int listener)
    {
        var descriptor = TcpSocket.Open(waitForConnect: false);
        if (descriptor < 0)
        {
            return (descriptor, descriptor);
        }

        if (settings.PaceOf(listener) != Pace.Full)
        {
            TcpSocket.ShrinkReceiveBuffer(descriptor);
        }

        var result = settings.Source is null ? 0 : TcpSocket.Bind(descriptor, settings.Source);
        return (descriptor, result < 0 ? result : TcpSocket.Connect(descriptor, settings.Targets[settings.TargetOf(listener)].EndPoint));
    }
}
