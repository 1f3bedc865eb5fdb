namespace Webstream.Grains.History;

/// <summary>When a history on disk makes the system write what it was given to the disk.</summary>
public enum HistorySync
{
    /// <summary>Before each answer: what was acknowledged survives the loss of power.</summary>
    Always,

    /// <summary>Each second: the loss of power takes up to the last second, and begins a new epoch. The end of the process alone takes nothing.</summary>
    EverySec,
}
