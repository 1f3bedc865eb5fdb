using System.Buffers;
using System.Globalization;
using System.Text;

namespace Webstream.Gateway.Detached;

/// <summary>
/// A log of bounded size for a process without a console. It is begun anew at the start and whenever it is full; the one before is kept
/// beside it. What cannot be written is dropped and counted: a full disk must not end a gateway. For one thread at a time.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="maxBytes">The longest it gets; with the one before it is twice that.</param>
/// <param name="time">Tells when to try again.</param>
/// <param name="through">What a new file is written through; none: itself.</param>
internal sealed class LogFile(string path, long maxBytes, TimeProvider time, Func<FileStream, Stream>? through = null) : TextWriter(CultureInfo.InvariantCulture)
{
    /// <summary>About a hundred thousand pushes.</summary>
    public const long DefaultMaxBytes = 10 * 1024 * 1024;

    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    private Stream? stream;
    private bool closed;
    private long length;
    private long lost;
    private long failedAt;

    /// <inheritdoc/>
    public override Encoding Encoding { get; } = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    /// <summary>The one before.</summary>
    public static string PreviousOf(string path) => $"{path}.1";

    /// <summary>Begins the file; one that is there becomes the one before. A link is not followed.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write it.</exception>
    public void Begin()
    {
        stream?.Dispose();
        stream = null;
        var old = new FileInfo(path);
        if (old.LinkTarget is { } target)
        {
            throw new IOException($"{path} is a link to {target}.");
        }

        // An empty one is written to where it is, and so is /dev/null.
        if (old is { Exists: true, Length: > 0 })
        {
            File.Move(path, PreviousOf(path), overwrite: true);
        }

        var isNew = !File.Exists(path);
        var options = new FileStreamOptions
        {
            Mode = isNew ? FileMode.CreateNew : FileMode.Open,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };
        if (isNew && !OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var file = new FileStream(path, options);
        stream = through?.Invoke(file) ?? file;
        length = 0;
    }

    public override void Write(char value) => Write(new ReadOnlySpan<char>(in value));

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(string? value) => Write(value.AsSpan());

    public override void WriteLine(string? value) => Write($"{value}{NewLine}".AsSpan());

    public override void Write(ReadOnlySpan<char> buffer)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.GetMaxByteCount(buffer.Length));
        var count = Encoding.GetBytes(buffer, bytes);
        Append(bytes.AsSpan(0, (int)Math.Min(count, maxBytes)));
        ArrayPool<byte>.Shared.Return(bytes);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            stream?.Dispose();
            closed = true;
        }

        base.Dispose(disposing);
    }

    private void Append(ReadOnlySpan<byte> text)
    {
        if (closed || (lost > 0 && time.GetElapsedTime(failedAt) < PauseAfterFailure))
        {
            lost++;
            return;
        }

        try
        {
            if (lost > 0)
            {
                Put(Encoding.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{lost} lines of this log could not be written.{NewLine}")));
            }

            Put(text);
            lost = 0;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            lost++;
            failedAt = time.GetTimestamp();
        }
    }

    private void Put(ReadOnlySpan<byte> text)
    {
        if (stream is null || (length > 0 && length + text.Length > maxBytes))
        {
            Begin();
        }

        length += text.Length;
        stream!.Write(text);
    }
}
