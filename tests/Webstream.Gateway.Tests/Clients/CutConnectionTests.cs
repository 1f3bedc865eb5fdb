namespace Webstream.Gateway.Tests.Clients;

/// <summary>
/// Wherever in the stream a connection breaks, a listener that comes back has every message once, in order and whole. This holds for each library
/// with which it listens.
/// </summary>
[Collection(ClientTests.Name)]
public sealed class CutConnectionTests(ListeningLibraries libraries) : IClassFixture<ListeningLibraries>
{
    public static TheoryData<string> Libraries { get; } = [.. ListeningLibraries.Cuts.Keys];

    [Theory]
    [MemberData(nameof(Libraries))]
    public async Task Messages_OverConnectionsThatAreCut_ComeOnceInOrderAndWhole(string library)
    {
        var stream = await libraries.ListenAsync(library);

        stream.ShouldHaveBeenHeardWhole(ListeningLibraries.Cuts[library]);
    }
}
