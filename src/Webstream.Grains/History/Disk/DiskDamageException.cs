namespace Webstream.Grains.History.Disk;

/// <summary>What stands in the file is not as it was written. The message is a sentence about what was found.</summary>
internal sealed class DiskDamageException(string message) : Exception(message);
