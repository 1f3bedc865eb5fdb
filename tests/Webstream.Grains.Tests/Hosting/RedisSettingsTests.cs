using System.Net;
using Webstream.Grains.Hosting;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Grains.Tests.Hosting;

/// <summary>What is understood as the address and login of Redis, and what is refused without a word of it.</summary>
public sealed class RedisSettingsTests
{
    [Theory]
    [InlineData("redis:6379", "redis:6379")]
    [InlineData("redis", "redis")]
    [InlineData("[::1]:6379,ssl=true", "[::1]:6379")]
    [InlineData("[fe80::1%eth0]:6379", "[fe80::1%eth0]:6379")]
    [InlineData("a:1, b:2,password=x", "a:1, b:2")]
    [InlineData(" 127.0.0.1:6379 , abortConnect=false,", "127.0.0.1:6379")]
    [InlineData("!/run/redis.sock", "!/run/redis.sock")]
    [InlineData("redis://redis", "redis")]
    [InlineData("REDIS://redis:6379/", "redis:6379")]
    [InlineData("redis://:s3cret@[::1]:6379/2", "[::1]:6379")]
    [InlineData("rediss://u:s3cret@h:1,abortConnect=false", "h:1")]
    public void Where_IsTheAddressAlone(string setting, string where) => RedisSettings.Where(setting).ShouldBe(where);

    [Theory]
    [InlineData("redis:6379,user=u,password=p", "u", "p", false)]
    [InlineData("redis:6379,password=a=b c\"'%25:@/", null, "a=b c\"'%25:@/", false)]
    [InlineData("redis://u:p@redis:6379", "u", "p", false)]
    [InlineData("redis://:p@redis:6379", null, "p", false)]
    [InlineData("rediss://u:a%2Cb%3Dc%20d%25%40%2F@redis:6379", "u", "a,b=c d%@/", true)]
    [InlineData("redis://us%40er:p:q@redis:6379", "us@er", "p:q", false)]
    [InlineData("rediss://redis:6379,user=u,password=p", "u", "p", true)]
    public void Parse_UserAndPassword_AreAsWritten(string setting, string? user, string password, bool tls)
    {
        var options = RedisSettings.Parse(setting);
        (options.User ?? "", options.Password, options.Ssl).ShouldBe((user ?? "", password, tls));
    }

    [Fact]
    public void Parse_DatabaseOfAUrl_IsTaken() => RedisSettings.Parse("redis://:p@redis/3").DefaultDatabase.ShouldBe(3);

    // Every piece of a secret in the table contains this.
    [Theory]
    [InlineData("127.0.0.1:6379,password=a,s3cret=c d")]
    [InlineData("127.0.0.1:6379,password=abcd,s3cret")]
    [InlineData("127.0.0.1:6379,password=abcd,s3cret:1")]
    [InlineData("127.0.0.1:6379,password=abcd,ssl=s3cret")]
    [InlineData("127.0.0.1:6379,password:s3cret")]
    [InlineData("127.0.0.1:6379,password:12345")]
    [InlineData("127.0.0.1:6379,s3cret")]
    [InlineData("127.0.0.1:6379 password=s3cret")]
    [InlineData("127.0.0.1:6379;password=s3cret")]
    [InlineData("127.0.0.1:6379,pass=s3cret")]
    [InlineData("127.0.0.1:6379:s3cret")]
    [InlineData("127.0.0.1:66000")]
    [InlineData(":s3cret@host:6379")]
    [InlineData(":s3cret@host")]
    [InlineData("user:s3cret@host")]
    [InlineData("s3cret@host:6379")]
    [InlineData("password=s3cret,host:6379")]
    [InlineData("password=s3cret")]
    [InlineData("redis://user:s3cret@")]
    [InlineData("redis://s3cret@host:6379")]
    [InlineData("redis://s3cret:@host:6379")]
    [InlineData("redis://user:s3@s3cret@host:6379")]
    [InlineData("redis://user:s3/s3cret@host:6379")]
    [InlineData("redis://user:s3#s3cret@host:6379")]
    [InlineData("redis://user:s3,s3cret@host:6379")]
    [InlineData("redis://user:s3 s3cret@host:6379")]
    [InlineData("redis://user:%s3cret@host:6379")]
    [InlineData("redis://host,password=s3cret@x")]
    [InlineData("redis://host:6379?password=s3cret")]
    [InlineData("redis://host:6379/s3cret")]
    [InlineData("redis://a:1,redis://user:s3cret@b:2")]
    [InlineData("http://user:s3cret@host")]
    [InlineData("unix:///s3cret")]
    [InlineData("::1:6379")]
    [InlineData(" ")]
    [InlineData("\"127.0.0.1:6379,password=s3cret\"")]
    public void Parse_WhatCannotBeMeant_IsRefusedWithoutQuotingIt(string setting)
    {
        var message = Should.Throw<StartRefusedException>(() => RedisSettings.Parse(setting)).Message;
        message.ShouldStartWith("Webstream__Cluster__Redis ");
        message.ShouldContain("Webstream__Cluster__RedisPassword");
        foreach (var piece in (string[])["s3", "abcd", "12345", "'", "66000"])
        {
            message.ShouldNotContain(piece);
        }
    }

    [Theory]
    [InlineData("redis:6379,password=s3cret", "x", null, "Webstream__Cluster__Redis and Webstream__Cluster__RedisPassword both")]
    [InlineData("redis://:s3cret@redis:6379", "x", null, "Webstream__Cluster__Redis and Webstream__Cluster__RedisPassword both")]
    [InlineData("redis:6379,password=s3cret", null, "/dev/null", "Webstream__Cluster__Redis and Webstream__Cluster__RedisPasswordFile both")]
    [InlineData("redis:6379", "s3cret", "/dev/null", "Webstream__Cluster__RedisPassword and Webstream__Cluster__RedisPasswordFile both")]
    [InlineData("redis:6379", "s3cret\n", null, "Webstream__Cluster__RedisPassword has a line break")]
    [InlineData("redis:6379", null, "/dev/null", "Webstream__Cluster__RedisPasswordFile names the file '/dev/null', which is empty.")]
    [InlineData("redis:6379", null, "s3cret", "Webstream__Cluster__RedisPasswordFile is not the absolute path of a file")]
    [InlineData("redis:6379", null, "/nowhere/at/all", "Webstream__Cluster__RedisPasswordFile names the file '/nowhere/at/all', which does not exist.")]
    [InlineData("redis:6379", null, "/tmp", "Webstream__Cluster__RedisPasswordFile names the file '/tmp', which may not be read by this user, or is a folder.")]
    public void Of_PasswordsThatContradictOrCannotBeRead_AreRefusedByTheSettingsName(string redis, string? password, string? file, string start)
    {
        var message = Should.Throw<StartRefusedException>(
            () => RedisSettings.Of(new() { Redis = redis, RedisPassword = password, RedisPasswordFile = file })).Message;
        message.ShouldStartWith(start);
        message.ShouldNotContain("s3cret");
    }

    [Fact]
    public void Of_UserInTwoPlaces_IsRefused() => Should.Throw<StartRefusedException>(
        () => RedisSettings.Of(new() { Redis = "redis:6379,user=a", RedisUser = "b" })).Message.ShouldStartWith("Webstream__Cluster__Redis and Webstream__Cluster__RedisUser both");

    [Theory]
    [InlineData("p", "p")]
    [InlineData("p\n", "p")]
    [InlineData("p\r\n", "p")]
    [InlineData(" a,b=c d%25\"' \n", " a,b=c d%25\"' ")]
    [InlineData("\uFEFFp\n", "p")]
    [InlineData("\n", null)]
    [InlineData("s3cret\ns3cret\n", null)]
    [InlineData("s3cret\n\n", null)]
    public async Task Of_File_HoldsThePasswordAndOneLineBreakAtMost(string content, string? password)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, content, TestContext.Current.CancellationToken);
        var cluster = new WebstreamClusterOptions { Redis = "redis:6379", RedisUser = "u", RedisPasswordFile = file };
        if (password is null)
        {
            var message = Should.Throw<StartRefusedException>(() => RedisSettings.Of(cluster)).Message;
            message.ShouldStartWith($"Webstream__Cluster__RedisPasswordFile names the file '{file}', which ");
            message.ShouldNotContain("s3cret");
        }
        else
        {
            var options = RedisSettings.Of(cluster);
            (options.User, options.Password).ShouldBe(("u", password));
        }

        File.Delete(file);
    }

    [Theory]
    [InlineData("127.0.0.1:6379", "127.0.0.1")]
    [InlineData("[::1]:6379", "::1")]
    [InlineData("[::1]", "::1")]
    [InlineData("localhost:6379", "127.0.0.1")]
    [InlineData("nowhere.invalid:1,127.0.0.1:2", "127.0.0.1")]
    public void LocalAddress_IsOfTheFamilyOfRedis(string setting, string address) =>
        RedisRoute.LocalAddressTowards(RedisSettings.Parse(setting)).ShouldBe(IPAddress.Parse(address));

    [Fact]
    public void LocalAddress_WhereThereIsNoWay_IsRefusedWithTheSettingThatHelps() => Should.Throw<StartRefusedException>(
        () => RedisRoute.LocalAddressTowards(RedisSettings.Parse("nowhere.invalid:6379"))).Message.ShouldContain("Webstream__Cluster__AdvertisedAddress");
}
