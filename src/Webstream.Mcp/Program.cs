using Webstream.Mcp.Hosting;

// Standard output is the protocol's alone: whatever else writes to the console gets the other one.
using var output = Console.OpenStandardOutput();
Console.SetOut(Console.Error);
return await CommandLine.RunAsync(args, output, ServerProcess.RunAsync);
