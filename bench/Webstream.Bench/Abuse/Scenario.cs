namespace Webstream.Bench.Abuse;

/// <summary>A way to make a gateway suffer, bounded in connections, bytes and time.</summary>
internal abstract class Scenario
{
    /// <summary>What it is called on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>What the attacker does, in a line.</summary>
    public abstract string Summary { get; }

    /// <summary>Whether the attacker's messages stay in the history, within its bound: memory that need not come back.</summary>
    public virtual bool Retains => false;

    /// <summary>Whether pushes may be refused, at once and truthfully, because what takes them is full.</summary>
    public virtual bool MayRefuse => false;

    /// <summary>Why it cannot be run on this server, or null.</summary>
    public virtual string? Unfit(int pid) => null;

    /// <summary>What must be there before; not part of what is measured.</summary>
    public virtual void Prepare(Attack attack)
    {
    }

    /// <summary>Attacks until the time is over, and takes its connections away.</summary>
    public abstract void Run(Attack attack);

    /// <summary>What is wrong afterwards, besides what is looked at after every scenario.</summary>
    public virtual IEnumerable<string> Judge(Attack attack) => [];
}
