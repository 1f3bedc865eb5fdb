using System.Text.RegularExpressions;

namespace Webstream.Grains.Trial;

/// <summary>Why Redis answers a command with an error, classified by its consequences.</summary>
internal enum RedisRefusalKind
{
    /// <summary>The error passes in a moment, by itself: Redis loads its file, is busy, or its cluster changes.</summary>
    Passing,

    /// <summary>The memory limit of Redis is reached; it still runs commands that free memory.</summary>
    Full,

    /// <summary>Redis is a replica, and takes no writes.</summary>
    ReadOnly,

    /// <summary>Redis cannot write its file to the disk, and takes no writes.</summary>
    Unsaved,

    /// <summary>Redis has fewer replicas than its configuration demands, and takes no writes.</summary>
    TooFewReplicas,

    /// <summary>The user may not run a command.</summary>
    Command,

    /// <summary>Redis does not have a command: it was renamed, or switched off.</summary>
    Absent,

    /// <summary>The user may not use a key.</summary>
    Key,

    /// <summary>The password or the user is not accepted, or not any more.</summary>
    Login,

    /// <summary>A key is of another type than this product writes: another program has used its name.</summary>
    Type,

    /// <summary>Anything else, for example a script that fails. It does not pass by itself.</summary>
    Other,
}

/// <summary>An error with which Redis answered. Redis reports it before it does anything or, inside a script, at the command that fails.</summary>
/// <param name="Kind">Its kind, by its consequences.</param>
/// <param name="What">What is wrong, for people: a sentence without its full stop and without secrets.</param>
/// <param name="Command">The command that was refused, in lower case, where Redis names it.</param>
internal sealed partial record RedisRefusal(RedisRefusalKind Kind, string What, string? Command = null)
{
    private const int LongestQuote = 120;

    private static readonly string[] Passing =
        ["LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY", "UNKILLABLE", "NOSCRIPT", "MOVED", "ASK", "INPROG", "NOMASTERLINK"];

    private static readonly string[] Logins = ["NOAUTH", "WRONGPASS"];

    /// <summary>Redis refused a new connection, and nothing else was sent.</summary>
    public bool NotSent { get; init; }

    /// <summary>Whether Redis ran nothing of the command, whatever it was: it refuses before a script begins, or refuses a new connection.</summary>
    public bool IsWholly => NotSent || Kind is RedisRefusalKind.Full or RedisRefusalKind.ReadOnly or RedisRefusalKind.Unsaved or RedisRefusalKind.TooFewReplicas;

    /// <summary>Whether only the data of the keys in question can cause it, so that a trial on other keys says nothing about it.</summary>
    public bool IsOfTheData => Kind is RedisRefusalKind.Type or RedisRefusalKind.Other;

    /// <summary>
    /// Whether a script of the history has written nothing when it was refused like this: the script reads first, and checks the rights for its
    /// writes before it writes.
    /// </summary>
    public bool IsBeforeWriting => IsWholly || Kind is RedisRefusalKind.Command or RedisRefusalKind.Absent or RedisRefusalKind.Key or RedisRefusalKind.Login or RedisRefusalKind.Type;

    /// <summary>Reads what Redis said.</summary>
    /// <param name="message">Its error, as it came.</param>
    public static RedisRefusal Of(string message)
    {
        var code = CodeOf(message);
        return code switch
        {
            "OOM" => new(RedisRefusalKind.Full, "Redis is full: its maxmemory is reached"),
            "READONLY" => new(RedisRefusalKind.ReadOnly, "Redis is read-only: it is a replica"),
            "MISCONF" => new(RedisRefusalKind.Unsaved, "Redis cannot write to its disk, and takes no writes (MISCONF)"),
            "NOREPLICAS" => new(RedisRefusalKind.TooFewReplicas, "Redis has fewer replicas than min-replicas-to-write, and takes no writes"),
            "WRONGTYPE" => new(RedisRefusalKind.Type, $"Redis refuses a command: {Quote(message)}"),
            _ when Passing.Contains(code) => new(RedisRefusalKind.Passing, $"Redis is not ready ({code})"),
            _ when Logins.Contains(code) => new(RedisRefusalKind.Login, $"Redis does not accept the user or the password ({code})"),
            "DENIED" => new(RedisRefusalKind.Login, "Redis takes no connections from other machines (protected mode)"),
            _ when UnknownCommand().Match(message) is { Success: true } unknown =>
                new(RedisRefusalKind.Absent, $"Redis does not have the command {Upper(unknown.Groups[1].Value)}", Lower(unknown.Groups[1].Value)),
            _ when RefusedCommand().Match(message) is { Success: true } refused =>
                new(RedisRefusalKind.Command, $"Redis does not let this user run {Upper(refused.Groups[1].Value)}", Lower(refused.Groups[1].Value)),
            _ when message.Contains("can't run this command", StringComparison.Ordinal) =>
                new(RedisRefusalKind.Command, "Redis does not let this user run a command"),
            _ when message.Contains("Unknown Redis command", StringComparison.Ordinal) =>
                new(RedisRefusalKind.Absent, "Redis does not have a command that the log needs"),
            _ when code == "NOPERM" || RefusedKey().IsMatch(message) => new(RedisRefusalKind.Key, "Redis does not let this user use a key"),
            _ => new(RedisRefusalKind.Other, $"Redis refuses a command: {Quote(message)}"),
        };
    }

    // The error is "CODE text". From inside a script before Redis 7: "ERR Error running script (call to f_…): @user_script:12: -CODE text".
    private static string CodeOf(string message)
    {
        var first = message.Split(' ', 2)[0];
        return first is "ERR" or "EXECABORT" && InnerCode().Match(message) is { Success: true } inner ? inner.Groups[1].Value : first;
    }

    // Without the script's hash and line, which do not help people.
    private static string Quote(string message)
    {
        var end = message.IndexOf(" script: ", StringComparison.Ordinal);
        var text = (end < 0 ? message : message[..end]).ReplaceLineEndings(" ");
        return text.Length <= LongestQuote ? text : text[..LongestQuote] + "…";
    }

    private static string Upper(string command) => command.Replace('|', ' ').ToUpperInvariant();

    private static string Lower(string command) => command.ToLowerInvariant();

    [GeneratedRegex("(?:: -|because of: )([A-Z]+)\\b")]
    private static partial Regex InnerCode();

    [GeneratedRegex("unknown (?:command|subcommand) [`']([^`']+)[`']", RegexOptions.IgnoreCase)]
    private static partial Regex UnknownCommand();

    [GeneratedRegex("permissions to access|can't access at least one of the keys")]
    private static partial Regex RefusedKey();

    [GeneratedRegex("permissions to run the '([^']+)'")]
    private static partial Regex RefusedCommand();
}
