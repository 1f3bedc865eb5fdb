using System.Buffers;
using System.Globalization;
using System.Text;
using Webstream.ServiceDefaults.State;

namespace Webstream.Gateway.Detached;

/// <summary>
/// A log of bounded size for a process without a console. A new file is begun at the start and whenever the file is full; the previous file
/// is kept beside it. Lines that cannot be written are dropped and counted: a full disk must not end a gateway. For one thread at a time.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="maxBytes">The most bytes of the file; with the previous file it is twice that.</param>
/// <param name="time">Tells when to try again after a failure.</param>
/// <param name="through">Makes the stream that a new file is written through; none: the file itself.</param>
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

    /// <summary>The path of the previous file.</summary>
    public static string PreviousOf(string path) => $"{path}.1";

    /// <summary>Begins the file; an existing file becomes the previous one. A link is not followed.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write the file.</exception>
    public void Begin()
    {
        stream?.Dispose();
        stream = null;
        var old = new FileInfo(path);
        if (old.LinkTarget is { } target)
        {
            throw new IOException($"{path} is a link to {target}.");
        }

        // An empty file is not moved but written to in place, and so is /dev/null.
        if (old is { Exists: true, Length: > 0 })
        {
            File.Move(path, PreviousOf(path), overwrite: true);
        }

        var isNew = !File.Exists(path);
        var file = PrivateFile.Open(path, isNew ? FileMode.CreateNew : FileMode.Open, FileAccess.Write);
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
