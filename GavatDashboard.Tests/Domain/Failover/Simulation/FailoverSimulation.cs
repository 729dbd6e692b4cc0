using GavatDashboard.Domain.Failover;

namespace GavatDashboard.Tests.Domain.Failover.Simulation;

/// <summary>
/// One life of the system in virtual time: callers, a primary that dies, hangs and loses answers, and one or two instances of the application, that die
/// or stand still at any step, stop in order, lose the primary or each other, and are told by a person to take the ledger. For a while everything
/// fails; then the faults end, and the promises are checked.
/// </summary>
internal sealed class FailoverSimulation
{
    private const int Callers = 3;
    private const int FaultyTicks = 150;
    private const int QuietTicks = 1_200;
    private static readonly TimeSpan ATick = TimeSpan.FromMilliseconds(100);

    private readonly Random _random;
    private readonly Mutant _mutant;
    private readonly SimulatedPrimary _primary;
    private readonly Seat[] _seats;
    private readonly SimulatedOperation[] _open;
    private readonly Dictionary<int, SimulatedOperation> _asked = [];
    private readonly Dictionary<int, SimulatedAnswer> _answers = [];
    private readonly HashSet<string> _leftUnasked = [];
    private bool _isLinkCut;
    private TimeSpan _now;
    private int _keys;
    private long _highestReign;
    private string? _broken;

    private FailoverSimulation(int seed, Mutant mutant)
    {
        _random = new Random(seed);
        _mutant = mutant;
        _primary = new SimulatedPrimary(_random);
        var count = 1 + _random.Next(2);
        _seats = [.. Enumerable.Range(1, count).Select(number => new Seat(new SimulatedApp($"app-{number}", _primary, _random, mutant, isShared: count > 1)))];
        foreach (var seat in _seats)
        {
            seat.App.Ask = name => !_isLinkCut && Array.Find(_seats, each => each.App.Name == name) is { Runs: true } found && found != seat ? found.App : null;
        }

        _open = [.. Enumerable.Range(0, Callers).Select(_ => NextOperation())];
    }

    private bool IsOne => _seats.Length == 1;

    /// <summary>Runs a seed.</summary>
    /// <returns>The first promise that was broken, or null.</returns>
    public static string? Run(int seed, Mutant mutant = Mutant.None) => new FailoverSimulation(seed, mutant).Run();

    private string? Run()
    {
        foreach (var seat in _seats)
        {
            seat.App.Start(_now);
        }

        for (var tick = 0; tick < FaultyTicks && _broken is null; tick++)
        {
            BreakPerhaps();
            Tick(isQuiet: false);
        }

        Mend();
        for (var tick = 0; tick < QuietTicks && _broken is null; tick++)
        {
            // The primary's own rare faults go on with each commit; when they strike, it comes back at once.
            if (!_primary.Answers && _random.Next(5) == 0)
            {
                _primary.Return();
            }

            if (tick % 100 == 99)
            {
                // A person looks after a ledger that nobody can take by himself.
                TakeOver(_seats[_random.Next(_seats.Length)]);
            }

            Tick(isQuiet: true);
            if (tick > 50 && IsSettled() && Check() is null)
            {
                return null;
            }
        }

        return _broken ?? (IsSettled() ? Check() : $"I10: {QuietTicks} ticks after the faults there is {string.Join(", ", _seats.Select(seat => $"{seat.App.Name} {seat.App.State}"))}");
    }

    /// <summary>One instance writes to the primary; the other one follows, or holds what the primary lacks and says so.</summary>
    private bool IsSettled() => _primary.Answers && Array.TrueForAll(_seats, seat => seat.Runs) && _seats.Count(seat => seat.App.WritesToPrimary) == 1
        && Array.TrueForAll(_seats, seat => seat.App.WritesToPrimary || seat.App.State == FailoverState.Following || (seat.App.State == FailoverState.Fenced && seat.App.File.Replay.Count > 0));

    private void Tick(bool isQuiet)
    {
        _now += ATick;
        _primary.Tick();
        foreach (var seat in _seats)
        {
            Guarded(() => seat.Tick(_now));
        }

        for (var caller = 0; caller < Callers && _broken is null; caller++)
        {
            if (isQuiet && _random.Next(4) > 0)
            {
                continue;
            }

            // Two callers may be in time for the same batches.
            var isPair = caller + 1 < Callers && _random.Next(2) == 0;
            Call(_seats[_random.Next(_seats.Length)], isPair ? [caller, caller + 1] : [caller]);
            caller += isPair ? 1 : 0;
        }
    }

    private void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (AppCrashedException crashed)
        {
            SeatOf(crashed.App).Fall(1 + _random.Next(8));
        }
        catch (AppFrozenException frozen)
        {
            SeatOf(frozen.App).Freeze(1 + _random.Next(20));
        }
    }

    private Seat SeatOf(SimulatedApp app) => Array.Find(_seats, seat => seat.App == app)!;

    private void Call(Seat seat, int[] callers)
    {
        if (seat.Runs)
        {
            Guarded(() => seat.App.Write([.. callers.Select(caller => _open[caller])], (operation, answer) => Hear(seat.App, operation, answer), _now));
            foreach (var caller in callers.Where(caller => _answers.ContainsKey(_open[caller].Key)))
            {
                // Some callers send again what they have been answered.
                _open[caller] = _random.Next(5) == 0 ? _asked[_random.Next(_keys)] : NextOperation();
            }
        }
    }

    private void Hear(SimulatedApp app, SimulatedOperation operation, SimulatedAnswer answer)
    {
        if (IsOne && app.Reign < _highestReign)
        {
            _broken ??= $"I6: key {operation.Key} was answered under epoch {app.Reign}, after epoch {_highestReign}";
        }

        _highestReign = app.Reign;
        if (_answers.TryGetValue(operation.Key, out var first) && first != answer && !IsLeftBehind(operation.Key))
        {
            _broken ??= $"I5: key {operation.Key} was answered {first} and then {answer}";
        }

        _answers[operation.Key] = answer;
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

        if (!IsOne)
        {
            BreakAnInstancePerhaps(_seats[_random.Next(_seats.Length)]);
        }
    }

    private void BreakAnInstancePerhaps(Seat seat)
    {
        _isLinkCut = _isLinkCut ? _random.Next(10) > 0 : _random.Next(40) == 0;
        seat.App.IsCutOff = seat.App.IsCutOff ? _random.Next(12) > 0 : _random.Next(50) == 0;
        if (!seat.Runs)
        {
            return;
        }

        switch (_random.Next(60))
        {
            case 0:
                Guarded(() => seat.App.GiveUp(_now));
                seat.Fall(1 + _random.Next(15));
                break;
            case 1:
                seat.Freeze(1 + _random.Next(20));
                break;
            case 2 or 3:
                TakeOver(seat);
                break;
            default:
                break;
        }
    }

    private void TakeOver(Seat seat)
    {
        var from = _primary.Ledger.Owner;
        var isUnasked = from.Length > 0 && from != seat.App.Name && seat.App.Ask(from) is null;
        if (seat.Runs)
        {
            Guarded(() => seat.App.TakeOver(_now));
            if (isUnasked && _primary.Ledger.Owner == seat.App.Name)
            {
                _leftUnasked.Add(from);
            }
        }
    }

    private void Mend()
    {
        _primary.Return();
        _isLinkCut = false;
        foreach (var seat in _seats)
        {
            seat.App.IsCutOff = false;
        }
    }

    /// <summary>Whether an instance holds it that could not be asked when its ledger was taken by hand. That is the price of it, and said so.</summary>
    private bool IsLeftBehind(int key) => Array.Exists(
        _seats, seat => _leftUnasked.Contains(seat.App.Name) && seat.App.Name != _primary.Ledger.Owner && seat.App.File.Replay.Exists(batch => batch.Operation.Key == key));

    private string? Check()
    {
        var log = _primary.Ledger.Log;
        if (log.GroupBy(batch => batch.Operation.Key).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            return $"I1: key {twice.Key} is there {twice.Count()} times";
        }

        var byKey = log.ToDictionary(batch => batch.Operation.Key);
        foreach (var (key, answer) in _answers.Where(each => !IsLeftBehind(each.Key)))
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

        for (var place = 1; place < log.Count; place++)
        {
            if (log[place].Epoch < log[place - 1].Epoch)
            {
                return $"I6: revision {log[place].Revision} was written under epoch {log[place].Epoch}, after epoch {log[place - 1].Epoch}";
            }
        }

        // What is on its way, or not yet in the tables, is noted. A file that may not take over is made anew before long.
        var file = Array.Find(_seats, seat => seat.App.WritesToPrimary)!.App.File;
        var mirrored = file.Ledger.Log.Concat(file.Notes).ToList();
        return _mutant == Mutant.AcknowledgeBeforeMirror || (file.IsPromotable && mirrored.Count >= log.Count && mirrored.Take(log.Count).SequenceEqual(log))
            ? null
            : "I7: the two ledgers differ";
    }

    /// <summary>An instance of the application and what becomes of its process.</summary>
    private sealed class Seat(SimulatedApp app)
    {
        private int _downFor;
        private int _frozenFor;

        public SimulatedApp App { get; } = app;

        public bool Runs => _downFor == 0 && _frozenFor == 0;

        public void Fall(int ticks) => (_downFor, _frozenFor) = (ticks, 0);

        public void Freeze(int ticks) => _frozenFor = ticks;

        public void Tick(TimeSpan now)
        {
            if (_downFor > 0)
            {
                if (--_downFor == 0)
                {
                    App.Start(now);
                }
            }
            else if (_frozenFor > 0)
            {
                if (--_frozenFor == 0)
                {
                    App.Thaw(now);
                }
            }
            else
            {
                App.Tick(now);
            }
        }
    }
}
