using System.Reflection;
using Orleans;
using Webstream.Gateway.Streams;
using Webstream.Gateway.Tests.Streams;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Streams;

public sealed class StreamGrainsTests
{
    private readonly CountingFactory factory;
    private readonly StreamGrains grains;

    public StreamGrainsTests()
    {
        var proxy = DispatchProxy.Create<IGrainFactory, CountingFactory>();
        factory = (CountingFactory)(object)proxy;
        grains = new(proxy);
    }

    [Fact]
    public void Reference_AskedForAgain_IsTheSame()
    {
        var first = grains.Of(StreamName.Parse("a"));

        grains.Of(StreamName.Parse("a")).ShouldBeSameAs(first);
        grains.Of(StreamName.Parse("b")).ShouldNotBeSameAs(first);
        factory.Asked.ShouldBe(["a", "b"]);
    }

    [Fact]
    public void References_OfMoreStreamsThanAreKept_AreMadeAgain()
    {
        for (var i = 0; i < StreamGrains.Most; i++)
        {
            grains.Of(StreamName.Parse($"s{i}"));
        }

        grains.Of(StreamName.Parse("s0"));
        factory.Asked.Count.ShouldBe(StreamGrains.Most);

        grains.Of(StreamName.Parse("one-more"));
        grains.Of(StreamName.Parse("s0"));
        factory.Asked[^2..].ShouldBe(["one-more", "s0"]);
    }

    public class CountingFactory : DispatchProxy
    {
        public List<string> Asked { get; } = [];

        protected override object Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            Asked.Add((string)args![0]!);
            return new GrainDouble();
        }
    }
}
