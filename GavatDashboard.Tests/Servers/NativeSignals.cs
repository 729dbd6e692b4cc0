using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace GavatDashboard.Tests.Servers;

/// <summary>Signals to processes and the tree they form, which .NET offers only in part.</summary>
[SuppressMessage("Interoperability", "SYSLIB1054", Justification = "LibraryImport needs unsafe code, and kill(2) takes two integers.")]
internal static class NativeSignals
{
    private const int NoSuchProcess = 3;

    /// <summary>Sends a signal; a process that is already gone is no error.</summary>
    /// <exception cref="InvalidOperationException">The signal was refused.</exception>
    public static void Send(int processId, ServerSignal signal)
    {
        if (Kill(processId, (int)signal) == 0)
        {
            return;
        }

        var error = Marshal.GetLastPInvokeError();
        if (error != NoSuchProcess)
        {
            throw new InvalidOperationException($"Signal {signal} to process {processId} was refused (errno {error}).");
        }
    }

    /// <summary>True while the process runs or is stopped; a zombie counts as gone.</summary>
    public static bool IsAlive(int processId) => ReadStat(processId) is { State: not 'Z' and not 'X' };

    /// <summary>The process and everything below it, parents first.</summary>
    public static IReadOnlyList<int> Tree(int processId)
    {
        var childrenByParent = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), out var id) ? id : 0)
            .Where(id => id > 0)
            .Select(id => (Id: id, Stat: ReadStat(id)))
            .Where(entry => entry.Stat is not null)
            .ToLookup(entry => entry.Stat!.Value.Parent, entry => entry.Id);

        var tree = new List<int> { processId };
        for (var next = 0; next < tree.Count; next++)
        {
            tree.AddRange(childrenByParent[tree[next]]);
        }

        return tree;
    }

    private static (char State, int Parent)? ReadStat(int processId)
    {
        try
        {
            // "pid (name) state parent ...": the name may hold spaces and parentheses, so read from the last one.
            var text = File.ReadAllText($"/proc/{processId}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ', 3);
            return (fields[0][0], int.Parse(fields[1], System.Globalization.CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            // The process ended between listing and reading: it has no state any more.
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);
}

/// <summary>Signal numbers of Linux, on every architecture that .NET runs on.</summary>
internal enum ServerSignal
{
    Interrupt = 2,
    Quit = 3,
    Kill = 9,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
}
