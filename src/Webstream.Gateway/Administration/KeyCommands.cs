using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Webstream.Gateway.Calling;
using Webstream.Grains;
using Webstream.Protocol;
using Webstream.ServiceDefaults.Starting;
using Webstream.ServiceDefaults.State;

namespace Webstream.Gateway.Administration;

/// <summary>The commands of <c>keys</c>: with a running gateway, or with a file of keys.</summary>
internal static class KeyCommands
{
    /// <summary>Makes a key, and writes it to standard output, alone on its line.</summary>
    public static async Task<int> NewAsync(HttpClient http, NewKey key, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(Body(key), KeyAnswersJson.Default.AskedKey);
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using var response = await http.SendAsync(HttpMethod.Post, "api/keys", content, cancellationToken);
        var made = JsonSerializer.Deserialize(await response.Content.ReadAsStreamAsync(cancellationToken), KeyAnswersJson.Default.ShownKey)!;
        return await TellAsync(made.Key!, made.Id, made.Name, made.Persistent == false ? " It ends with this gateway, whose history is in memory." : "");
    }

    /// <summary>Makes a key in a file, which is made if it is not there.</summary>
    public static async Task<int> NewAsync(string file, NewKey asked, TimeProvider time)
    {
        var keys = File.Exists(file) ? Read(file) : [];
        var (key, made) = StoredKey.New(asked.Name, asked.Rights, time.GetUtcNow());
        var stored = made with { Expires = asked.Expires, Limits = asked.Limits };
        Write(file, [.. keys, stored]);
        return await TellAsync(key, stored.Id, stored.Name, $" Gateways with Webstream__Keys__File={file} know it within two seconds.");
    }

    /// <summary>Lists the keys on standard output, one a line.</summary>
    public static async Task<int> ListAsync(HttpClient http, CancellationToken cancellationToken)
    {
        using var response = await http.SendAsync(HttpMethod.Get, "api/keys", null, cancellationToken);
        var list = JsonSerializer.Deserialize(await response.Content.ReadAsStreamAsync(cancellationToken), KeyAnswersJson.Default.ShownKeys)!;
        return await ListAsync(list.Keys, list.Persistent);
    }

    /// <summary>Lists the keys of a file.</summary>
    public static Task<int> ListAsync(string file) => ListAsync([.. Read(file).Select(ShownKey.Of)], isPersistent: true);

    /// <summary>Revokes a key.</summary>
    public static async Task<int> RevokeAsync(HttpClient http, string id, CancellationToken cancellationToken)
    {
        using var response = await http.SendAsync(HttpMethod.Delete, $"api/keys/{Uri.EscapeDataString(id)}", null, cancellationToken);
        return await RevokedAsync(id);
    }

    /// <summary>Revokes a key of a file.</summary>
    public static async Task<int> RevokeAsync(string file, string id)
    {
        // Whoever has the key at hand and not its id means the same.
        id = StoredKey.IdIn(id) ?? id;
        var keys = Read(file);
        if (Array.TrueForAll(keys, key => key.Id != id))
        {
            throw new StartRefusedException($"{file} has no key with the id {id}. `webstream-gateway keys list --file {file}` lists them.");
        }

        Write(file, [.. keys.Where(key => key.Id != id)]);
        return await RevokedAsync(id);
    }

    // What a key has only after it was made is left out.
    private static AskedKey Body(NewKey key) => new(
        key.Name, key.Rights.Publish, key.Rights.Subscribe, key.Rights.History, key.Rights.Approve, key.Rights.Admin, key.Expires, key.Limits);

    private static async Task<int> TellAsync(string key, string id, string name, string more)
    {
        await Console.Out.WriteLineAsync(key);
        await Console.Error.WriteLineAsync($"The key {name} with the id {id}. It is shown only now: put it where its owner keeps secrets.{more}");
        return (int)ExitCode.Ended;
    }

    private static async Task<int> ListAsync(IReadOnlyList<ShownKey> keys, bool isPersistent)
    {
        foreach (var key in keys)
        {
            await Console.Out.WriteLineAsync(Line(key));
        }

        var end = isPersistent || keys.Count == 0 ? "." : ", which end with this gateway.";
        await Console.Error.WriteLineAsync($"{keys.Count} {(keys.Count == 1 ? "key" : "keys")}{end}");
        return (int)ExitCode.Ended;
    }

    private static string Line(ShownKey key)
    {
        var rights = new (string Right, string[] Patterns)[]
        {
            ("publish", key.Publish), ("subscribe", key.Subscribe), ("history", key.History), ("approve", key.Approve),
        };
        var texts = rights.Where(right => right.Patterns.Length > 0).Select(right => $"{right.Right}={string.Join(',', right.Patterns)}")
            .Concat(key.Admin ? ["admin"] : [])
            .Concat(key.Expires is { } expires ? [string.Create(CultureInfo.InvariantCulture, $"expires={expires:yyyy-MM-ddTHH:mm:ssZ}")] : (string[])[])
            .Concat(KeyLimitNames.Shown(key.Limits));
        return $"{key.Id}  {key.Name}  {string.Join(' ', texts)}";
    }

    private static async Task<int> RevokedAsync(string id)
    {
        await Console.Error.WriteLineAsync($"The key {id} is revoked. What listens with it ends within five seconds.");
        return (int)ExitCode.Ended;
    }

    private static StoredKey[] Read(string file)
    {
        try
        {
            return KeyJson.ReadFile(File.ReadAllBytes(file));
        }
        catch (FormatException fault)
        {
            throw new StartRefusedException($"The file of keys {file} cannot be used: {fault.Message}.");
        }
    }

    // In one step, so that a gateway never reads half of it.
    private static void Write(string file, StoredKey[] keys)
    {
        var path = Path.GetFullPath(file);
        var part = $"{path}.new";
        File.Delete(part);
        using (var output = PrivateFile.Open(part, FileMode.CreateNew, FileAccess.Write))
        {
            output.Write(KeyJson.WriteFile(keys));
        }

        // Whoever could read it before still can: the gateway may run as another user.
        if (!OperatingSystem.IsWindows() && File.Exists(path))
        {
            File.SetUnixFileMode(part, File.GetUnixFileMode(path));
        }

        File.Move(part, path, overwrite: true);
    }
}
