using System.Diagnostics;

namespace Webstream.Fuzz.Tests.Harness;

/// <summary>The programs under test, as they were built, in the same configuration as these tests.</summary>
internal static class Programs
{
    /// <summary>Starts a program whose input and outputs all belong to the test.</summary>
    public static Process Start(string project, string program, string[] arguments, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(Path.Combine(Repository.Built(project), program), arguments)
        {
            WorkingDirectory = Path.GetTempPath(),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The settings of the person who runs the tests are no part of the test.
        foreach (var own in start.Environment.Keys.Where(key => key.StartsWith("webstream", StringComparison.OrdinalIgnoreCase) || key == "ASPNETCORE_URLS").ToArray())
        {
            start.Environment.Remove(own);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        // A test run that is ended from outside leaves no process behind.
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            try
            {
                process.Kill();
            }
            catch (InvalidOperationException)
            {
                // The process was ended and disposed of.
            }
        };
        return process;
    }
}
