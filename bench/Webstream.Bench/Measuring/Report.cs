using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Webstream.Bench.Measuring;

/// <summary>The results of a run, in lines for a person or as one JSON object for a script.</summary>
internal sealed class Report(string title)
{
    private readonly List<(string Name, double Value, string Unit)> _figures = [];
    private readonly List<string> _failures = [];
    private readonly List<string> _notes = [];

    /// <summary>The exit code: 1 when a message was lost, doubled, out of order, refused or miscounted.</summary>
    public int ExitCode => _failures.Count == 0 ? 0 : 1;

    public void Add(string name, double value, string unit = "") => _figures.Add((name, value, unit));

    public void AddLatency(string name, LatencyHistogram histogram)
    {
        if (histogram.Count == 0)
        {
            return;
        }

        Add($"{name} p50", histogram.Percentile(0.5), "ms");
        Add($"{name} p90", histogram.Percentile(0.9), "ms");
        Add($"{name} p99", histogram.Percentile(0.99), "ms");
        Add($"{name} p99.9", histogram.Percentile(0.999), "ms");
        Add($"{name} max", histogram.MaxNanoseconds / 1e6, "ms");
    }

    public void Fail(string reason) => _failures.Add(reason);

    public void FailEach(IEnumerable<string> reasons) => _failures.AddRange(reasons);

    /// <summary>Adds notes that explain the failures.</summary>
    public void NoteEach(IEnumerable<string> notes) => _notes.AddRange(notes);

    public void Print(TextWriter output, bool json)
    {
        if (json)
        {
            output.WriteLine(ToJson());
            return;
        }

        output.WriteLine(title);
        foreach (var (name, value, unit) in _figures)
        {
            output.WriteLine($"  {name,-34} {Format(value),14} {unit}".TrimEnd());
        }

        foreach (var failure in _failures)
        {
            output.WriteLine($"  FAILED: {failure}");
        }

        foreach (var note in _notes)
        {
            output.WriteLine($"    {note}");
        }
    }

    private static string Format(double value)
    {
        var digits = Math.Abs(value) >= 100 || value == Math.Floor(value) ? "N0" : Math.Abs(value) >= 1 ? "N2" : "N4";
        return value.ToString(digits, CultureInfo.InvariantCulture);
    }

    private string ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("title", title);
            foreach (var (name, value, unit) in _figures)
            {
                json.WriteNumber(unit.Length == 0 ? name : $"{name} ({unit})", Math.Round(value, 5));
            }

            json.WriteStartArray("failures");
            foreach (var failure in _failures)
            {
                json.WriteStringValue(failure);
            }

            json.WriteEndArray();
            if (_notes.Count > 0)
            {
                json.WriteStartArray("notes");
                _notes.ForEach(json.WriteStringValue);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
