using Webstream.Protocol;

namespace Webstream.Gateway.Audit;

/// <summary>
/// What a request did that its method and path do not say: the stream that its body named, the key that it made, the operations of a tool. Names
/// and ids, never a text.
/// </summary>
internal sealed class AuditNotes
{
    // Of one request; a call of a tool does some.
    private const int MostNotes = 10;

    private readonly List<string> notes = new(1);

    /// <summary>The notes so far, in their order.</summary>
    public string Text => notes.Count == 0 ? "" : $" ({string.Join(", ", notes)})";

    /// <summary>Notes what a request does to a stream.</summary>
    public static void Add(HttpContext context, string what, StreamName stream) => context.Features.Get<AuditNotes>()?.Add($"{what} {stream}");

    /// <summary>Notes what a request does.</summary>
    public static void Add(HttpContext context, string what) => context.Features.Get<AuditNotes>()?.Add(what);

    private void Add(string note)
    {
        // Operations of one request can run side by side.
        lock (notes)
        {
            if (notes.Count < MostNotes && !notes.Contains(note))
            {
                notes.Add(note);
            }
        }
    }
}
