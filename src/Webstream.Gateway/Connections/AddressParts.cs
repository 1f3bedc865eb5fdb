using System.Runtime.InteropServices;
using Webstream.Gateway.Memory;
using Webstream.Grains.Memory;

namespace Webstream.Gateway.Connections;

/// <summary>
/// How many of all connections each address has, and their memory. While half of all connections are free, an address may have as many as the
/// limit for one address says. Not for several threads at once.
/// </summary>
/// <param name="mostOfOne">The most connections of one address; 0: no such limit.</param>
internal sealed class AddressParts(int mostOfOne = 0)
{
    private readonly Dictionary<CallerAddress, Part> parts = [];

    /// <summary>How many addresses are counted.</summary>
    public int Count => parts.Count;

    /// <summary>Whether an address has its part, and must leave the rest to other addresses.</summary>
    /// <param name="address">The address.</param>
    /// <param name="open">How many connections are open.</param>
    /// <param name="most">How many there may be.</param>
    /// <param name="share">The connections' share of the memory.</param>
    /// <param name="bytes">What one more connection weighs, in bytes.</param>
    public bool HasItsPart(CallerAddress address, int open, int most, MemoryShare share, int bytes) =>
        address.IsCounted
        && parts.TryGetValue(address, out var part)
        && ((mostOfOne > 0 && part.Connections >= mostOfOne)
            || (open > most / 2 && part.Connections >= most / 2)
            || (share.IsTight && part.Bytes + bytes > share.Limit / 2));

    /// <summary>Counts one more connection.</summary>
    public void Enter(CallerAddress address, int bytes)
    {
        if (address.IsCounted)
        {
            ref var part = ref CollectionsMarshal.GetValueRefOrAddDefault(parts, address, out _);
            part.Connections++;
            part.Bytes += bytes;
        }
    }

    /// <summary>One connection weighs so many bytes less.</summary>
    public void GiveBack(CallerAddress address, int bytes)
    {
        ref var part = ref CollectionsMarshal.GetValueRefOrNullRef(parts, address);
        if (!System.Runtime.CompilerServices.Unsafe.IsNullRef(ref part))
        {
            part.Bytes -= bytes;
        }
    }

    /// <summary>Counts one connection fewer.</summary>
    public void Leave(CallerAddress address, int bytes)
    {
        ref var part = ref CollectionsMarshal.GetValueRefOrNullRef(parts, address);
        if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref part))
        {
            return;
        }

        part.Bytes -= bytes;
        if (--part.Connections == 0)
        {
            parts.Remove(address);
        }
    }

    private record struct Part(int Connections, long Bytes);
}
