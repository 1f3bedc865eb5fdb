namespace Webstream.Grains.History;

/// <summary>The keys of a stream's retained messages: a push whose key is among them is not pushed again. The stream's owner uses them.</summary>
public interface IIdempotencyKeys
{
    /// <summary>What a key stands for; none when it is not known, or its messages are not retained any more.</summary>
    KeyRecord? Find(string key);

    /// <summary>Remembers a key whose messages are in the history.</summary>
    void Remember(KeyRecord record);

    /// <summary>Forgets the keys of messages that are not retained any more.</summary>
    void ForgetBefore(long oldestRetained);

    /// <summary>Whether there is room for one more key. It first forgets keys that need not be remembered any longer.</summary>
    bool HasRoom(DateTimeOffset now);

    /// <summary>Forgets all: the history has ended.</summary>
    void Clear();

    /// <summary>Forgets all, and remembers nothing more: the owner has ended.</summary>
    void Close();
}
