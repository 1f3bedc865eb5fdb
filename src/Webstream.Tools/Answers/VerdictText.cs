using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>The verdict on a cursor, in words.</summary>
internal static class VerdictText
{
    public static string Name(ResumeVerdict verdict) => verdict.Status switch
    {
        ResumeStatus.Recovered => "recovered",
        ResumeStatus.Gap => "gap",
        _ => "reset",
    };

    /// <summary>One line; empty when everything after the cursor follows.</summary>
    public static string Of(ResumeVerdict verdict) => verdict.Status switch
    {
        ResumeStatus.Recovered => "",
        ResumeStatus.Gap => $"Gap: {verdict.Missed} messages after the cursor are gone, because the stream keeps only the newest. What follows is what is left.\n",
        _ when verdict.Reason == ResumeVerdict.Forgotten => "Reset: the stream had been quiet for long and gave way to new ones, so its history up to this cursor is gone. What follows is the new history from its beginning.\n",
        _ => "Reset: the stream's history began anew since this cursor was given. What follows is the new history from its beginning.\n",
    };
}
