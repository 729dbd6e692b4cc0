namespace GavatDashboard.Tests.Domain.Failover.Simulation;

/// <summary>
/// One life of the system in virtual time: callers, a primary that dies, hangs and loses answers, and an application that dies at
/// any step. For a while everything fails; then the faults end, and the promises are checked.
/// </summary>
internal sealed class FailoverSimulation
{
    private const int Callers = 3;
    private const int FaultyTicks = 150;
    private const int QuietTicks = 600;
    private static readonly TimeSpan ATick = TimeSpan.FromMilliseconds(100);

    private readonly Random _random;
    private readonly Mutant _mutant;
    private readonly SimulatedPrimary _primary;
    private readonly SimulatedFile _file = new();
    private readonly SimulatedApp _app;
    private readonly SimulatedOperation[] _open;
    private readonly Dictionary<int, SimulatedOperation> _asked = [];
    private readonly Dictionary<int, SimulatedAnswer> _answers = [];
    private TimeSpan _now;
    private int _downFor;
    private int _keys;
    private long _highestReign;

    private FailoverSimulation(int seed, Mutant mutant)
    {
        _random = new Random(seed);
        _mutant = mutant;
        _primary = new SimulatedPrimary(_random);
        _app = new SimulatedApp(_primary, _file, _random, mutant);
        _open = [.. Enumerable.Range(0, Callers).Select(_ => NextOperation())];
    }

    /// <summary>Runs a seed.</summary>
    /// <returns>The first promise that was broken, or null.</returns>
    public static string? Run(int seed, Mutant mutant = Mutant.None) => new FailoverSimulation(seed, mutant).Run();

    private string? Run()
    {
        _app.Start(_now);
        for (var tick = 0; tick < FaultyTicks; tick++)
        {
            BreakPerhaps();
            if (Tick(isQuiet: false) is { } broken)
            {
                return broken;
            }
        }

        _primary.Return();
        for (var tick = 0; tick < QuietTicks; tick++)
        {
            // The primary's own rare faults go on with each commit; when they strike, it comes back at once.
            if (!_primary.Answers && _random.Next(5) == 0)
            {
                _primary.Return();
            }

            if (Tick(isQuiet: true) is { } broken)
            {
                return broken;
            }

            if (_app.WritesToPrimary && _downFor == 0 && _primary.Answers && tick > 50 && Check() is null)
            {
                return null;
            }
        }

        return _app.WritesToPrimary ? Check() : $"I10: {QuietTicks} ticks after the faults it is {_app.State}";
    }

    private string? Tick(bool isQuiet)
    {
        _now += ATick;
        _primary.Tick();
        if (_downFor > 0 && --_downFor == 0)
        {
            return Guarded(() => _app.Start(_now));
        }

        if (_downFor > 0)
        {
            return null;
        }

        string? broken = null;
        Guarded(() => _app.Tick(_now));
        for (var caller = 0; caller < Callers && _downFor == 0 && broken is null; caller++)
        {
            if (!isQuiet || _random.Next(4) == 0)
            {
                var asking = caller;
                Guarded(() => broken = Call(asking));
            }
        }

        return broken;
    }

    private string? Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (AppCrashedException)
        {
            _downFor = 1 + _random.Next(8);
        }

        return null;
    }

    private string? Call(int caller)
    {
        var operation = _open[caller];
        if (_app.Write(operation, _now) is not { } answer)
        {
            return null;
        }

        if (_app.Reign < _highestReign)
        {
            return $"I6: key {operation.Key} was answered under epoch {_app.Reign}, after epoch {_highestReign}";
        }

        _highestReign = _app.Reign;
        if (_answers.TryGetValue(operation.Key, out var first) && first != answer)
        {
            return $"I5: key {operation.Key} was answered {first} and then {answer}";
        }

        _answers[operation.Key] = answer;
        // Some callers send again what they have been answered.
        _open[caller] = _random.Next(5) == 0 ? _asked[_random.Next(_keys)] : NextOperation();
        return null;
    }

    private SimulatedOperation NextOperation()
    {
        var operation = new SimulatedOperation(_keys++, _random.Next(3), _random.Next(3) == 0 ? -_random.Next(1, 20) : _random.Next(1, 10));
        _asked[operation.Key] = operation;
        return operation;
    }

    private void BreakPerhaps()
    {
        if (_primary.Answers)
        {
            switch (_random.Next(60))
            {
                case 0:
                    _primary.Kill();
                    break;
                case 1:
                    _primary.Hang();
                    break;
                default:
                    break;
            }
        }
        else if (_random.Next(12) == 0)
        {
            _primary.Return();
        }
    }

    private string? Check()
    {
        var log = _primary.Ledger.Log;
        if (log.GroupBy(batch => batch.Operation.Key).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            return $"I1: key {twice.Key} is there {twice.Count()} times";
        }

        var byKey = log.ToDictionary(batch => batch.Operation.Key);
        foreach (var (key, answer) in _answers)
        {
            if (!byKey.TryGetValue(key, out var batch))
            {
                return $"I1: key {key} was answered {answer} and is not there";
            }

            if (batch.Answer != answer)
            {
                return $"I5: key {key} was answered {answer}, and {batch.Answer} is there";
            }
        }

        if (log.Find(batch => !_asked.TryGetValue(batch.Operation.Key, out var asked) || asked != batch.Operation) is { } foreign)
        {
            return $"I2: {foreign} was never asked for";
        }

        foreach (var account in log.Select(batch => batch.Operation.Account).Distinct())
        {
            var sum = log.Where(batch => batch.Operation.Account == account && batch.Answer.IsPosted).Sum(batch => batch.Operation.Amount);
            if (sum != _primary.Ledger.Balances.GetValueOrDefault(account))
            {
                return $"I3: account {account} holds {_primary.Ledger.Balances.GetValueOrDefault(account)}, its entries sum to {sum}";
            }
        }

        // The last batch may be on its way: noted in the file, and not yet applied there.
        var mirrored = _file.Note is { } note && log.Count > 0 && note == log[^1] ? _file.Ledger.Log.Append(note) : _file.Ledger.Log;
        return mirrored.SequenceEqual(log) || _mutant == Mutant.AcknowledgeBeforeMirror ? null : "I7: the two ledgers differ";
    }
}
