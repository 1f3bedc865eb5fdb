using Webstream.Mcp.Hosting;

// Standard output belongs to the protocol alone: everything else that writes to the console goes to standard error.
using var output = Console.OpenStandardOutput();
Console.SetOut(Console.Error);
return await CommandLine.RunAsync(args, output, ServerProcess.RunAsync);
