namespace Webstream.Cluster.Tests.Load;

/// <summary>Compares the acknowledged messages with the messages that each listener got.</summary>
internal static class Reconciliation
{
    /// <summary>
    /// Each listener received each acknowledged message exactly once, under the id that the acknowledgement named, in the order of the ids and
    /// without a hole. No message came that was never pushed. There is one epoch. No listener was told of a gap or a reset.
    /// </summary>
    public static void Check(IReadOnlyList<RetryingPusher> pushers, IReadOnlyList<ReconnectingListener> listeners)
    {
        var acknowledged = pushers.SelectMany(pusher => pusher.Acknowledged).ToDictionary();
        var attempted = pushers.SelectMany(pusher => pusher.Attempted).ToHashSet();
        acknowledged.ShouldNotBeEmpty();
        acknowledged.Values.Distinct().Count().ShouldBe(acknowledged.Count, "ids that two acknowledgements share");
        var epoch = acknowledged.Values.Select(id => id.Epoch).Distinct().ShouldHaveSingleItem("epochs of the acknowledgements");

        foreach (var (number, listener) in listeners.Index())
        {
            var who = $"listener {number} (cut {listener.Cuts} times, told {string.Join(", ", listener.Verdicts.Select(v => v.Status))})";
            listener.Surprises.ShouldBeEmpty(who);
            listener.Verdicts.ShouldAllBe(verdict => verdict.Status == "recovered", who);
            listener.Messages.ShouldAllBe(message => message.Id.Epoch == epoch, who);

            // Consecutive numbers: nothing twice, nothing out of order, no hole.
            var jumps = listener.Messages.Zip(listener.Messages.Skip(1)).Where(pair => pair.Second.Id.Sequence != pair.First.Id.Sequence + 1);
            jumps.ShouldBeEmpty(who);
            listener.Messages.Where(message => !attempted.Contains(message.Text)).ShouldBeEmpty($"{who}: never pushed");
            listener.Messages.GroupBy(message => message.Text).Where(same => same.Count() > 1).ShouldBeEmpty($"{who}: doubled");

            var received = listener.Messages.ToDictionary(message => message.Text, message => message.Id);
            acknowledged.Where(one => !received.TryGetValue(one.Key, out var id) || id != one.Value)
                .ShouldBeEmpty($"{who}: acknowledged, and not received under that id");
        }
    }
}
