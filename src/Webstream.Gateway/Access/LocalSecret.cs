using System.Security.Cryptography;
using System.Text;
using Webstream.Grains.Hosting;
using Webstream.ServiceDefaults.Starting;
using Webstream.ServiceDefaults.State;

namespace Webstream.Gateway.Access;

/// <summary>
/// The secret that this gateway leaves beside its history on disk, for this user alone: who can read it may do what the user may, so the commands
/// of this program prove themselves by it. It is another one at each start.
/// </summary>
/// <param name="database">The history on disk; null: there is none, and no secret.</param>
internal sealed class LocalSecret(string? database) : IDisposable
{
    /// <summary>The header that carries it.</summary>
    public const string Header = "X-Webstream-Secret";

    private byte[]? hash;

    /// <summary>The file of a history's secret.</summary>
    public static string FileOf(string database) => $"{database}.secret";

    /// <summary>Makes the secret. The caller holds the history's lock, so that no other gateway has left its own there.</summary>
    /// <exception cref="StartRefusedException">The file cannot be written.</exception>
    public void Leave()
    {
        if (database is null)
        {
            return;
        }

        var text = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var (path, made) = (FileOf(database), $"{FileOf(database)}.new");
        try
        {
            File.Delete(made);
            using (var file = PrivateFile.Open(made, FileMode.CreateNew, FileAccess.Write))
            {
                file.Write(Encoding.ASCII.GetBytes(text));
            }

            File.Move(made, path, overwrite: true);
            hash = Hash(text);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException($"The secret of the history, {path}, cannot be written: {failure.Message}");
        }
    }

    /// <summary>Reads what a running gateway has left.</summary>
    /// <returns>Null when there is nothing that this user may read.</returns>
    public static string? Read(string database)
    {
        try
        {
            return File.ReadAllText(FileOf(database));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether a request carries it.</summary>
    public bool IsIn(HttpRequest request) =>
        hash is not null && request.Headers[Header] is [{ Length: > 0 } sent] && CryptographicOperations.FixedTimeEquals(Hash(sent), hash);

    public void Dispose()
    {
        if (database is not null && hash is not null)
        {
            try
            {
                File.Delete(FileOf(database));
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // It opens nothing any more.
            }
        }
    }

    // All hashes have the same length, so the time of the comparison tells nothing about the secret.
    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
