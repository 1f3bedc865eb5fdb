using System.Buffers;
using System.Runtime.CompilerServices;
using CsCheck;
using Webstream.Gateway.FanOut;

namespace Webstream.Gateway.Tests.FanOut;

public sealed class FrameBufferTests
{
    private static readonly Gen<(int Kind, int Padding)[]> Steps = Gen.Select(
        Gen.Int[0, 19],
        Gen.Frequency((8, Gen.Int[0, 200]), (2, Gen.Int[0, 9000]), (1, Gen.Int[0, 70_000])))
        .Array[1, 120];

    private static readonly int[] Bounds = [1, 7, 4096, 1_000_000];

    [Fact]
    public void Log_AnyAppends_ReadsAsTheBytesAppended() => Steps.Sample(steps =>
    {
        var model = new FrameBufferModel();
        var start = model.Buffer.EndCursor;
        Array.ForEach(steps, step => Apply(model, step));

        foreach (var most in Bounds.Where(most => model.Bytes.Length / most < 50_000))
        {
            FrameBufferModel.ReadAll(start, most).AsSpan().SequenceEqual(model.Bytes).ShouldBeTrue();
        }

        model.Buffer.End.ShouldBe(model.Bytes.Length);
        start.Position.ShouldBe(0);
    }, iter: 200);

    [Fact]
    public void Log_ReadWhileItIsWritten_ReadsAsTheBytesAppended() => Steps.Sample(steps =>
    {
        var model = new FrameBufferModel();
        var cursor = model.Buffer.EndCursor;
        var written = false;
        var reader = Task.Run(() =>
        {
            var read = new ArrayBufferWriter<byte>();
            while (true)
            {
                // This is read before the bytes: an empty read afterwards is the end.
                var isLast = Volatile.Read(ref written);
                var part = cursor.Read(977);
                read.Write(part.Span);
                if (part.IsEmpty && isLast)
                {
                    return read.WrittenSpan.ToArray();
                }
            }
        });

        Array.ForEach(steps, step => Apply(model, step));
        Volatile.Write(ref written, true);

        reader.GetAwaiter().GetResult().AsSpan().SequenceEqual(model.Bytes).ShouldBeTrue();
    }, iter: 200, threads: 1);

    [Fact]
    public void Seek_ToAnyPosition_GoesOnWithTheNextMessageOrFindsNothing() => Steps.Sample(steps =>
    {
        var model = new FrameBufferModel();
        foreach (var step in steps)
        {
            Apply(model, step);
            Check(model);
        }
    }, iter: 100);

    [Fact]
    public void Seek_ToWhatTheLogNeverHad_FindsNothing()
    {
        var model = new FrameBufferModel();
        model.Append(10);
        model.Append(10);

        model.Buffer.TrySeek(new(1, 3), out _).ShouldBeFalse();
        model.Buffer.TrySeek(new(1, -1), out _).ShouldBeFalse();
        model.Buffer.TrySeek(new(2, 1), out _).ShouldBeFalse();
        model.Buffer.TrySeek(default, out _).ShouldBeFalse();
    }

    [Fact]
    public void Seek_ToTheEndOfALifeThatIsOver_FindsNothing()
    {
        var model = new FrameBufferModel();
        model.Append(10);
        model.Jump(new(2, 0));
        model.Append(10);

        // A listener that stands there must be told of the jump, and the frame buffer cannot tell where that is.
        model.Buffer.TrySeek(new(1, 1), out _).ShouldBeFalse();
        model.Buffer.TrySeek(new(2, 0), out var cursor).ShouldBeTrue();
        FrameBufferModel.ReadAll(cursor).AsSpan().SequenceEqual(model.Bytes[model.NextFrame[new(2, 0)]..]).ShouldBeTrue();
    }

    [Fact]
    public void Segments_BeyondTheRecentBytes_AreDroppedButACursorKeepsItsOwn()
    {
        var model = new FrameBufferModel();
        var first = ReadMuchFromTheStart(model);

        model.Buffer.TrySeek(new(1, 1), out _).ShouldBeFalse();
        // The segment is collected once no cursor reaches it: nothing else may hold the past.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        first.IsAlive.ShouldBeFalse();
        GC.KeepAlive(model);
    }

    // In a stack frame of its own, so that no local variable keeps the segment alive.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference ReadMuchFromTheStart(FrameBufferModel model)
    {
        var slow = model.Buffer.EndCursor;
        for (var i = 0; i < 50; i++)
        {
            model.Append(10_000);
        }

        FrameBufferModel.ReadAll(slow, 65_536).AsSpan().SequenceEqual(model.Bytes).ShouldBeTrue();
        return SegmentOf(slow);
    }

    private static WeakReference SegmentOf(FrameCursor cursor) => new(SegmentField(ref cursor));

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "segment")]
    private static extern ref FrameSegment SegmentField(ref FrameCursor cursor);

    private static void Check(FrameBufferModel model)
    {
        model.Buffer.TrySeek(model.Position, out var end).ShouldBeTrue();
        end.Position.ShouldBe(model.Bytes.Length);
        foreach (var (position, offset) in model.NextFrame)
        {
            var found = model.Buffer.TrySeek(position, out var cursor);
            if (found)
            {
                cursor.Position.ShouldBe(offset);
            }

            // The position is recent enough and of the current epoch, so it must be found.
            if (model.Bytes.Length - offset < 64 * 1024 && position.Epoch == model.Position.Epoch)
            {
                found.ShouldBeTrue($"{position} of {model.Position}");
            }
        }
    }

    private static void Apply(FrameBufferModel model, (int Kind, int Padding) step)
    {
        switch (step.Kind)
        {
            case 0:
                model.Jump(new(model.Position.Epoch + 1, step.Padding % 3));
                break;
            case 1:
                model.Jump(model.Position with { Sequence = model.Position.Sequence + 1 + (step.Padding % 5) });
                break;
            case 2:
                model.MoveTo(new(model.Position.Epoch + 1, 0));
                break;
            case 3 or 4:
                model.AppendKeepalive();
                break;
            default:
                model.Append(step.Padding);
                break;
        }
    }
}
