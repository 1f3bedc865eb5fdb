using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Webstream.Gateway.Passes;

namespace Webstream.Gateway.Tests.Passes;

public sealed class TicketInAddressTests
{
    [Theory]
    [InlineData("?ticket=t", "", "t")]
    [InlineData("?ticket=t&stream=a", "?stream=a", "t")]
    [InlineData("?stream=a&ticket=t&format=json", "?stream=a&format=json", "t")]
    [InlineData("?stream=a%20b&TICKET=t", "?stream=a%20b", "t")]
    [InlineData("?tick%65t=%74", "", "t")]
    [InlineData("?ticket=", "", "")]
    [InlineData("?ticket", "", "")]
    [InlineData("?ticket=t&ticket=u", "", "")]
    [InlineData("", "", null)]
    [InlineData("?stream=ticket", "?stream=ticket", null)]
    [InlineData("?tickets=t&x=%20", "?tickets=t&x=%20", null)]
    public void Ticket_IsTakenOutOfTheAddress(string query, string left, string? ticket)
    {
        var context = new DefaultHttpContext();
        var request = context.Features.GetRequiredFeature<IHttpRequestFeature>();
        (request.Path, request.QueryString, request.RawTarget) = ("/stream", query, $"/stream{query}");

        TicketInAddress.TakeOut(context.Features);

        context.Request.QueryString.Value.ShouldBe(left);
        request.RawTarget.ShouldBe($"/stream{left}");
        TicketInAddress.Of(context).ShouldBe(ticket);
    }
}
