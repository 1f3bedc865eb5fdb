using Orleans;
using Webstream.Grains;

namespace Webstream.Gateway.Tests.Listening;

/// <summary>Stands between a gateway and the owners of its streams. Answers can be held up, or fail.</summary>
internal sealed class GrainCallGate : IOutgoingGrainCallFilter
{
    /// <summary>Awaited before a call to a method goes out.</summary>
    public Func<string, Task>? Before { get; set; }

    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        if (context.InterfaceMethod.DeclaringType == typeof(IStreamGrain))
        {
            await (Before?.Invoke(context.InterfaceMethod.Name) ?? Task.CompletedTask);
        }

        await context.Invoke();
    }
}
