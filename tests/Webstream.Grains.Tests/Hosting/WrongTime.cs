namespace Webstream.Grains.Tests.Hosting;

/// <summary>The clock of a machine that is wrong. Only the hour is: as much time passes on it as elsewhere.</summary>
internal sealed class WrongTime(double hoursAhead) : TimeProvider
{
    public TimeSpan Off { get; set; } = TimeSpan.FromHours(hoursAhead);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Off;
}
