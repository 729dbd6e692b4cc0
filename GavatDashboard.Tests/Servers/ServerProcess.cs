using System.Diagnostics;

namespace GavatDashboard.Tests.Servers;

/// <summary>One running server program and its children: output kept for error messages, signals, and a certain end.</summary>
internal sealed class ServerProcess
{
    private const int KeptLines = 60;
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(15);

    private readonly Process process;
    private readonly Queue<string> output = new();
    private readonly Lock outputGate = new();
    private readonly TaskCompletionSource<string> firstLine = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(Process process) => this.process = process;

    public int Id => process.Id;

    public bool HasEnded => process.HasExited;

    /// <summary>Ends when the program does.</summary>
    public Task WaitForEndAsync(CancellationToken cancellationToken) => process.WaitForExitAsync(cancellationToken);

    /// <summary>The first line on standard output, for programs that announce themselves.</summary>
    public Task<string> FirstLine => firstLine.Task;

    /// <summary>The last lines that the program wrote.</summary>
    public string Output
    {
        get
        {
            lock (outputGate)
            {
                return string.Join('\n', output);
            }
        }
    }

    /// <summary>True where the tests run as root, which PostgreSQL refuses for itself.</summary>
    public static bool RunsAsRoot => Environment.UserName == "root" || Environment.IsPrivilegedProcess;

    /// <summary>
    /// Starts a server that dies with this process, as <paramref name="user"/> where the tests run as root (null keeps root),
    /// with further environment variables where <paramref name="environment"/> names some.
    /// </summary>
    /// <exception cref="InvalidOperationException">The program cannot be started.</exception>
    public static async Task<ServerProcess> StartAsync(
        string program, IEnumerable<string> arguments, string folder, string? user = null, IEnumerable<KeyValuePair<string, string>>? environment = null)
    {
        var command = WithSupervision(user).Append(program).Concat(arguments).ToArray();
        var start = new ProcessStartInfo(command[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        foreach (var argument in command.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        // A C locale gives the same messages everywhere, whatever the machine's language is.
        start.Environment["LC_ALL"] = "C";
        foreach (var (name, value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        var started = new ServerProcess(await ServerLauncher.StartAsync(start));
        started.process.OutputDataReceived += (_, line) => started.Keep(line.Data, isStandardOutput: true);
        started.process.ErrorDataReceived += (_, line) => started.Keep(line.Data, isStandardOutput: false);
        started.process.BeginOutputReadLine();
        started.process.BeginErrorReadLine();
        return started;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="InvalidOperationException">It failed or took longer than <paramref name="timeout"/>.</exception>
    public static async Task RunAsync(string program, IEnumerable<string> arguments, string folder, TimeSpan timeout, string? user = null)
    {
        var run = await StartAsync(program, arguments, folder, user);
        run.process.StandardInput.Close();
        using var limit = new CancellationTokenSource(timeout);
        try
        {
            await run.process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            await run.KillAsync();
            throw new InvalidOperationException($"'{program}' did not end within {timeout.TotalSeconds:0} s:\n{run.Output}");
        }

        if (run.process.ExitCode != 0)
        {
            throw new InvalidOperationException($"'{program}' failed with code {run.process.ExitCode}:\n{run.Output}");
        }

        run.process.Dispose();
    }

    /// <summary>Waits until <paramref name="answers"/> succeeds.</summary>
    /// <exception cref="InvalidOperationException">The program ended, or never answered within <paramref name="timeout"/>.</exception>
    public async Task WaitUntilAnswersAsync(Func<Task<bool>> answers, TimeSpan timeout)
    {
        var watch = Stopwatch.StartNew();
        while (!await answers())
        {
            if (HasEnded)
            {
                throw new InvalidOperationException($"The server ended while starting (code {process.ExitCode}):\n{Output}");
            }

            if (watch.Elapsed > timeout)
            {
                throw new InvalidOperationException($"The server did not answer within {timeout.TotalSeconds:0} s:\n{Output}");
            }

            await Task.Delay(50);
        }
    }

    /// <summary>Kills the server and everything it started, as a crash of the machine would.</summary>
    public async Task KillAsync()
    {
        // Stop parents before listing their children, so that none is born unseen.
        NativeSignals.Send(Id, ServerSignal.Stop);
        var tree = NativeSignals.Tree(Id);
        foreach (var id in tree)
        {
            NativeSignals.Send(id, ServerSignal.Kill);
        }

        await WaitUntilGoneAsync(tree);
    }

    /// <summary>Freezes the server and everything it started: connections stay open and nothing answers.</summary>
    public void Suspend() => SendToTree(ServerSignal.Stop);

    /// <summary>Thaws a suspended server.</summary>
    public void Resume() => SendToTree(ServerSignal.Continue);

    /// <summary>Asks the server to end with the given signal; kills it when it does not.</summary>
    public async Task EndAsync(ServerSignal signal)
    {
        if (HasEnded)
        {
            return;
        }

        Resume();
        NativeSignals.Send(Id, signal);
        using var limit = new CancellationTokenSource(EndTimeout);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
        }
    }

    private static IEnumerable<string> WithSupervision(string? user)
    {
        var setpriv = ServerPrograms.OnPath("setpriv");
        var switchUser = user is not null && RunsAsRoot;
        if (setpriv is null)
        {
            return switchUser
                ? throw new InvalidOperationException("The program 'setpriv' is missing, so no server can run as another user. Install it with 'apt-get install -y util-linux', or run the tests as an ordinary user.")
                : [];
        }

        string[] asUser = switchUser ? [$"--reuid={user}", $"--regid={user}", "--init-groups"] : [];
        return [setpriv, .. asUser, "--pdeathsig", "KILL"];
    }

    private void SendToTree(ServerSignal signal)
    {
        if (HasEnded)
        {
            return;
        }

        foreach (var id in NativeSignals.Tree(Id))
        {
            NativeSignals.Send(id, signal);
        }
    }

    private async Task WaitUntilGoneAsync(IReadOnlyList<int> ids)
    {
        var watch = Stopwatch.StartNew();
        while (!process.HasExited || ids.Any(NativeSignals.IsAlive))
        {
            if (watch.Elapsed > EndTimeout)
            {
                throw new InvalidOperationException($"Process {Id} is still there {EndTimeout.TotalSeconds:0} s after it was killed.");
            }

            await Task.Delay(10);
        }
    }

    private void Keep(string? line, bool isStandardOutput)
    {
        if (line is null)
        {
            return;
        }

        if (isStandardOutput)
        {
            firstLine.TrySetResult(line);
        }

        lock (outputGate)
        {
            output.Enqueue(line);
            if (output.Count > KeptLines)
            {
                output.Dequeue();
            }
        }
    }
}
