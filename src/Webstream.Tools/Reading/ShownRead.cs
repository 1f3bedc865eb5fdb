using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>A read in the form for a model: as much of it as fits into an answer.</summary>
internal sealed class ShownRead
{
    private ShownRead(ReadOutcome outcome, IReadOnlyList<MessageView> messages, int leftOut)
    {
        (Outcome, Messages, LeftOut) = (outcome, messages, leftOut);
        Others = outcome.Passed.Count > 0 ? MessageViews.Others(outcome.Passed.Newest) : null;
        Fence = Fence.For([.. messages, .. Others ?? []]);
    }

    /// <summary>What is shown of the read: its cursor stands behind the last message here.</summary>
    public ReadOutcome Outcome { get; }

    /// <summary>The messages.</summary>
    public IReadOnlyList<MessageView> Messages { get; }

    /// <summary>How many of the messages did not fit.</summary>
    public int LeftOut { get; }

    /// <summary>How many messages were passed over; null when none were.</summary>
    public long? Passed => Others is null ? null : Outcome.Passed.Count;

    /// <summary>The newest of them; null when none were.</summary>
    public IReadOnlyList<MessageView>? Others { get; }

    /// <summary>The fence around all of them; null when there are none.</summary>
    public Fence? Fence { get; }

    /// <summary>What fits: the first messages, or the last ones of a read of the newest.</summary>
    public static ShownRead Of(ReadPlan plan, ReadOutcome outcome, QuestionOptions options)
    {
        var hasOthers = outcome.Passed.Count > 0;
        var views = plan.Newest
            ? MessageViews.Last(outcome.Messages, options, hasOthers)
            : MessageViews.First(outcome.Messages, options, hasOthers);
        var leftOut = outcome.Messages.Count - views.Count;
        return new(plan.Newest || views.Count == 0 ? outcome : outcome.First(views.Count), views, leftOut);
    }

    /// <summary>The lines of a text with all of them.</summary>
    public string Block() => UntrustedBlock.Around(Messages, Fence) + UntrustedBlock.Besides(Passed ?? 0, Others ?? [], Fence, isFirst: Messages.Count == 0);
}
