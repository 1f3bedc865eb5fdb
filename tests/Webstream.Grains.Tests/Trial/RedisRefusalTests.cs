using Webstream.Grains.Trial;

namespace Webstream.Grains.Tests.Trial;

public class RedisRefusalTests
{
    private const string Script = " script: 3b9ab8d441ace703342864c49a8163d033824d32, on @user_script:2.";

    [Theory]
    [InlineData("OOM command not allowed when used memory > 'maxmemory'.", nameof(RedisRefusalKind.Full))]
    [InlineData("OOM command not allowed when used memory > 'maxmemory'." + Script, nameof(RedisRefusalKind.Full))]
    [InlineData("READONLY You can't write against a read only replica.", nameof(RedisRefusalKind.ReadOnly))]
    [InlineData("MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.", nameof(RedisRefusalKind.Unsaved))]
    [InlineData("MISCONF Errors writing to the AOF file: No space left on device", nameof(RedisRefusalKind.Unsaved))]
    [InlineData("NOREPLICAS Not enough good replicas to write.", nameof(RedisRefusalKind.TooFewReplicas))]
    [InlineData("LOADING Redis is loading the dataset in memory", nameof(RedisRefusalKind.Passing))]
    [InlineData("BUSY Redis is busy running a script.", nameof(RedisRefusalKind.Passing))]
    [InlineData("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", nameof(RedisRefusalKind.Passing))]
    [InlineData("CLUSTERDOWN The cluster is down", nameof(RedisRefusalKind.Passing))]
    [InlineData("TRYAGAIN Multiple keys request during rehashing of slot", nameof(RedisRefusalKind.Passing))]
    [InlineData("NOSCRIPT No matching script. Please use EVAL.", nameof(RedisRefusalKind.Passing))]
    [InlineData("NOAUTH Authentication required.", nameof(RedisRefusalKind.Login))]
    [InlineData("WRONGPASS invalid username-password pair or user is disabled.", nameof(RedisRefusalKind.Login))]
    [InlineData("DENIED Redis is running in protected mode because protected mode is enabled", nameof(RedisRefusalKind.Login))]
    [InlineData("NOPERM this user has no permissions to access one of the keys used as arguments", nameof(RedisRefusalKind.Key))]
    [InlineData("NOPERM No permissions to access a key", nameof(RedisRefusalKind.Key))]
    [InlineData("ERR The user executing the script can't access at least one of the keys mentioned in the command arguments" + Script, nameof(RedisRefusalKind.Key))]
    [InlineData("ERR The user executing the script can't run this command or subcommand" + Script, nameof(RedisRefusalKind.Command))]
    [InlineData("ERR Unknown Redis command called from script" + Script, nameof(RedisRefusalKind.Absent))]
    [InlineData("WRONGTYPE Operation against a key holding the wrong kind of value" + Script, nameof(RedisRefusalKind.Type))]
    [InlineData("ERR syntax error" + Script, nameof(RedisRefusalKind.Other))]
    [InlineData("ERR user_script:2: attempt to perform arithmetic on a nil value" + Script, nameof(RedisRefusalKind.Other))]
    [InlineData("", nameof(RedisRefusalKind.Other))]
    // The text of Redis before version 7, inside a script.
    [InlineData("ERR Error running script (call to f_3b9ab8): @user_script:12: -READONLY You can't write against a read only replica.", nameof(RedisRefusalKind.ReadOnly))]
    [InlineData("ERR Error running script (call to f_3b9ab8): @user_script: 12: -OOM command not allowed when used memory > 'maxmemory'.", nameof(RedisRefusalKind.Full))]
    [InlineData("ERR Error running script (call to f_3b9ab8): @user_script:12: -MISCONF Redis is configured to save RDB snapshots", nameof(RedisRefusalKind.Unsaved))]
    [InlineData("ERR Error running script (call to f_3b9ab8): @user_script:12: WRONGTYPE Operation against a key", nameof(RedisRefusalKind.Other))]
    [InlineData("EXECABORT Transaction discarded because of: OOM command not allowed", nameof(RedisRefusalKind.Full))]
    public void Of_WhatRedisSays_IsToldApart(string message, string kind) => RedisRefusal.Of(message).Kind.ToString().ShouldBe(kind);

    [Theory]
    [InlineData("NOPERM this user has no permissions to run the 'xadd' command", "xadd", "Redis does not let this user run XADD")]
    [InlineData("NOPERM User ws has no permissions to run the 'script|load' command", "script|load", "Redis does not let this user run SCRIPT LOAD")]
    [InlineData("NOPERM ACL failure in script: User ws has no permissions to run the 'xdel' command" + Script, "xdel", "Redis does not let this user run XDEL")]
    [InlineData("ERR unknown command 'XTRIM', with args beginning with: 'a' 'MINID'", "xtrim", "Redis does not have the command XTRIM")]
    [InlineData("ERR unknown command `XTRIM`, with args beginning with: `a`", "xtrim", "Redis does not have the command XTRIM")]
    public void Of_CommandThatIsNamed_NamesIt(string message, string command, string what)
    {
        var refusal = RedisRefusal.Of(message);
        (refusal.Command, refusal.What).ShouldBe((command, what));
    }

    [Fact]
    public void Of_AnythingElse_QuotesItOnOneLineWithoutTheScript() =>
        RedisRefusal.Of("WRONGTYPE Operation against a key\r\nholding the wrong kind of value" + Script).What
            .ShouldBe("Redis refuses a command: WRONGTYPE Operation against a key holding the wrong kind of value");
}
