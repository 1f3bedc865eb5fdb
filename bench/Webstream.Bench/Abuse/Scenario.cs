namespace Webstream.Bench.Abuse;

/// <summary>An attack on a gateway, bounded in connections, bytes and time.</summary>
internal abstract class Scenario
{
    /// <summary>Its name on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>What the attacker does, in one line.</summary>
    public abstract string Summary { get; }

    /// <summary>Whether the attacker's messages stay in the history, within its bound: memory that need not come back.</summary>
    public virtual bool Retains => false;

    /// <summary>Whether pushes may be refused, at once and truthfully, because the store for them is full.</summary>
    public virtual bool MayRefuse => false;

    /// <summary>Why it cannot be run on this server, or null.</summary>
    public virtual string? Unfit(int pid) => null;

    /// <summary>Prepares the data that the attack needs. This is not part of the measurement.</summary>
    public virtual void Prepare(Attack attack)
    {
    }

    /// <summary>Attacks until the time is over, and closes its connections.</summary>
    public abstract void Run(Attack attack);

    /// <summary>The faults after the attack, besides those that are checked after every scenario.</summary>
    public virtual IEnumerable<string> Judge(Attack attack) => [];
}
