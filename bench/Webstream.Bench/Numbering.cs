using System.Numerics;

namespace Webstream.Bench;

/// <summary>The stream of each request, and the numbers of its messages.</summary>
/// <remarks>
/// Request <c>r</c> is made by connection <c>r mod connections</c> and goes into stream <c>r mod streams</c>. A stream's
/// messages have one right order only where one connection pushes them, which is every <see cref="Lanes"/>-th of them:
/// <c>number = stream + streams × (lane + lanes × position)</c>, and a listener needs only the next position of each lane.
/// </remarks>
internal sealed class Numbering(int streams, int connections, int batch)
{
    public int Streams => streams;

    /// <summary>How many connections take turns in one stream.</summary>
    public int Lanes { get; } = connections / (int)BigInteger.GreatestCommonDivisor(connections, streams);

    /// <summary>The difference between the numbers of two consecutive messages in a lane; also the number of lanes in all.</summary>
    public int Step => streams * Lanes;

    public int StreamOf(long request) => (int)(request % streams);

    /// <summary>The number of the request's first message.</summary>
    public int FirstOf(long request)
    {
        var (turn, stream) = Math.DivRem(request, streams);
        var (round, lane) = Math.DivRem(turn, Lanes);
        return (int)(stream + (streams * (lane + (Lanes * round * batch))));
    }
}
