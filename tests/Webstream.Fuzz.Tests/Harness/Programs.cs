using System.Diagnostics;

namespace Webstream.Fuzz.Tests.Harness;

/// <summary>The programs under test, as they were built, of the same configuration as these tests.</summary>
internal static class Programs
{
    /// <summary>Starts one with all its streams in our hands.</summary>
    public static Process Start(string project, string program, string[] arguments, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(Path.Combine(Repository.Built(project), program), arguments)
        {
            WorkingDirectory = Path.GetTempPath(),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // What whoever runs the tests has set for his own use is no part of the test.
        foreach (var own in start.Environment.Keys.Where(key => key.StartsWith("webstream", StringComparison.OrdinalIgnoreCase) || key == "ASPNETCORE_URLS").ToArray())
        {
            start.Environment.Remove(own);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        // A test run that is ended from outside leaves nothing behind.
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            try
            {
                process.Kill();
            }
            catch (InvalidOperationException)
            {
                // It was ended and disposed of.
            }
        };
        return process;
    }
}
