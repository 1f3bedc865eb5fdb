using System.Text.Json;
using Webstream.Gateway.Reading;
using Webstream.Gateway.Tests.Hosting;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Reading;

public sealed class StreamPageTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    [Fact]
    public async Task List_ByPages_HasEachStreamOnceInOrder()
    {
        string[] expected = [.. Enumerable.Range(0, 7).Select(i => $"{stream}.{i}")];
        foreach (var name in expected)
        {
            await gateway.PushAsync("text", name);
        }

        var (names, after) = (new List<string>(), "");
        do
        {
            var page = await gateway.GetAsync($"/api/streams?prefix={stream}.&limit=3{after}");
            names.AddRange(NamesOf(page));
            after = page.TryGetProperty("next", out var next) ? $"&after={next.GetString()}" : "";
        }
        while (after.Length > 0);

        names.ShouldBe(expected);
    }

    [Fact]
    public async Task List_WithoutParameters_IsWholeUpToAThousandStreamsThenGoesOn()
    {
        await using var own = await TestGateway.StartAsync();
        var streams = own.Service<GrainWebstream>();
        for (var i = 0; i < StreamListRequest.MaxLimit; i++)
        {
            await streams.PushAsync(new(StreamName.Parse($"s{i:0000}"), [new() { Message = "text" }]), CancellationToken.None);
        }

        var whole = await own.GetAsync("/api/streams");
        whole.MemberNames().ShouldBe(["streams"]);
        whole.GetProperty("streams").GetArrayLength().ShouldBe(1000);

        await own.PushAsync("text", "s1000");
        await Until.TrueAsync(async () => (await own.GetAsync("/api/streams")).TryGetProperty("next", out _));
        var first = await own.GetAsync("/api/streams");
        (first.GetProperty("streams").GetArrayLength(), first.GetProperty("next").GetString()).ShouldBe((1000, "s0999"));
        NamesOf(await own.GetAsync("/api/streams?after=s0999")).ShouldBe(["s1000"]);
    }

    [Fact]
    public async Task List_AskedForByMany_IsReadOnceASecond()
    {
        var lists = gateway.Service<StreamLists>();
        var request = new StreamListRequest($"{stream}x");

        var first = await lists.ListAsync(request);
        var pages = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => lists.ListAsync(request)));

        // All calls within one second get the same page. Only calls after the second has turned get another.
        pages.Distinct().Count().ShouldBeLessThanOrEqualTo(2);
        await Until.TrueAsync(async () => !ReferenceEquals(await lists.ListAsync(request), first));
    }

    [Fact]
    public async Task List_AskedForEverOtherPages_KeepsFewAndAnswersAll()
    {
        var lists = gateway.Service<StreamLists>();
        await gateway.PushAsync("text", stream);

        var pages = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => lists.ListAsync(new(stream, Limit: i + 1))));

        pages.ShouldAllBe(page => page.List.Streams.Single().Name.Value == stream);
    }

    [Theory]
    [InlineData("limit=0", "limit is a whole number from 1 to 1000.")]
    [InlineData("limit=1001", "limit is a whole number from 1 to 1000.")]
    [InlineData("limit=-1", "limit is a whole number from 1 to 1000.")]
    [InlineData("limit=x", "limit is a whole number from 1 to 1000.")]
    [InlineData("prefix=-x", "prefix is the beginning of stream names: at most 100 characters from A-Z a-z 0-9 . _ - : and the first one a letter or digit.")]
    [InlineData("prefix=a%20b", "prefix is the beginning of stream names: at most 100 characters from A-Z a-z 0-9 . _ - : and the first one a letter or digit.")]
    [InlineData("after=a%0Ab", "A stream name is 1 to 100 characters from A-Z a-z 0-9 . _ - : and the first one a letter or digit.")]
    public async Task List_WithABadParameter_IsRefusedWithTheRule(string query, string error) =>
        (await gateway.SendAsync(HttpMethod.Get, $"/api/streams?{query}").ProblemAsync(400)).ShouldBe(error);

    [Theory]
    [InlineData("prefix=&after=&limit=")]
    [InlineData("prefix=zzzz&after=a")]
    [InlineData("unknown=1")]
    public async Task List_WithEmptyOrUnknownParameters_IsAnswered(string query)
    {
        using var answer = await gateway.SendAsync(HttpMethod.Get, $"/api/streams?{query}");
        ((int)answer.StatusCode).ShouldBe(200);
        answer.Content.Headers.ContentType!.ToString().ShouldBe("application/json; charset=utf-8");
    }

    private static string[] NamesOf(JsonElement page) => [.. page.GetProperty("streams").EnumerateArray().Select(entry => entry.GetProperty("name").GetString()!)];
}
