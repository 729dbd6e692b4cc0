namespace GavatDashboard.Domain.Health;

/// <summary>
/// The samples of one component: every one for as long as the ring reaches, and one bucket a minute beside them. Bounded;
/// the oldest goes first. May be used from several threads.
/// </summary>
public sealed class LatencyHistory
{
    /// <summary>24 hours at one sample in five seconds.</summary>
    public const int DefaultSamples = 17_280;

    /// <summary>24 hours of minutes and the one that is being filled.</summary>
    public const int DefaultBuckets = 1_441;

    private readonly Lock _gate = new();
    private readonly Ring<LatencyPoint> _samples;
    private readonly Ring<LatencyBucket> _buckets;
    private readonly List<LatencyPoint> _minute = [];
    private DateTimeOffset _minuteStart;

    /// <summary>An empty history.</summary>
    /// <param name="maxSamples">The most samples kept, at least 1.</param>
    /// <param name="maxBuckets">The most finished minutes kept, at least 1.</param>
    public LatencyHistory(int maxSamples = DefaultSamples, int maxBuckets = DefaultBuckets)
    {
        _samples = new Ring<LatencyPoint>(maxSamples);
        _buckets = new Ring<LatencyBucket>(maxBuckets);
    }

    /// <summary>The number of samples kept.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _samples.Count;
            }
        }
    }

    /// <summary>Adds a sample. What was noted at a later time than this came from a clock that was wrong, and is dropped.</summary>
    public void Add(LatencyPoint sample)
    {
        lock (_gate)
        {
            DropAfter(sample.At);
            var minute = MinuteOf(sample.At);
            if (_minute.Count > 0 && minute != _minuteStart)
            {
                _buckets.Add(LatencyBucket.Of(_minuteStart, _minute));
                _minute.Clear();
            }

            _minuteStart = minute;
            _minute.Add(sample);
            _samples.Add(sample);
        }
    }

    /// <summary>What is known of a range that ends now.</summary>
    public LatencyWindow Read(LatencyRange range, DateTimeOffset now)
    {
        var from = now - range.Length();
        lock (_gate)
        {
            var first = FirstSince(_samples, from, static sample => sample.At);
            LatencyPoint[] points = range >= LatencyRange.Day ? [] : _samples.CopyFrom(first);
            return new LatencyWindow(range, from, now, StatsFrom(first), points, BucketsSince(from));
        }
    }

    /// <summary>Exact figures over the samples since an instant.</summary>
    public LatencyStats ReadStats(DateTimeOffset since)
    {
        lock (_gate)
        {
            return StatsFrom(FirstSince(_samples, since, static sample => sample.At));
        }
    }

    /// <summary>The newest samples, the oldest of them first.</summary>
    /// <param name="count">The most to return, at least 0.</param>
    public IReadOnlyList<LatencyPoint> ReadLast(int count)
    {
        lock (_gate)
        {
            return _samples.CopyFrom(Math.Max(0, _samples.Count - count));
        }
    }

    private static DateTimeOffset MinuteOf(DateTimeOffset at) => new(at.UtcTicks - (at.UtcTicks % TimeSpan.TicksPerMinute), TimeSpan.Zero);

    private static int FirstSince<T>(Ring<T> ring, DateTimeOffset since, Func<T, DateTimeOffset> timeOf)
    {
        int low = 0, high = ring.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (timeOf(ring[middle]) < since)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private void DropAfter(DateTimeOffset at)
    {
        while (_samples.Count > 0 && _samples[_samples.Count - 1].At > at)
        {
            _samples.DropLast();
        }

        _minute.RemoveAll(sample => sample.At > at);
        var minute = MinuteOf(at);
        while (_buckets.Count > 0 && _buckets[_buckets.Count - 1].StartedAt >= minute)
        {
            _buckets.DropLast();
        }
    }

    private LatencyStats StatsFrom(int first)
    {
        var latencies = new double[_samples.Count - first];
        var answered = 0;
        for (var i = first; i < _samples.Count; i++)
        {
            if (_samples[i].LatencyMs is { } latencyMs)
            {
                latencies[answered++] = latencyMs;
            }
        }

        return LatencyStats.From(latencies.AsSpan(0, answered), latencies.Length - answered);
    }

    private List<LatencyBucket> BucketsSince(DateTimeOffset from)
    {
        var firstMinute = MinuteOf(from);
        List<LatencyBucket> buckets = [.. _buckets.CopyFrom(FirstSince(_buckets, firstMinute, static bucket => bucket.StartedAt))];
        if (_minute.Count > 0 && _minuteStart >= firstMinute)
        {
            buckets.Add(LatencyBucket.Of(_minuteStart, _minute));
        }

        return buckets;
    }

    /// <summary>A list that forgets its oldest item when it is full. It grows as it fills, so that a short history is small.</summary>
    private sealed class Ring<T>
    {
        private readonly int _capacity;
        private T[] _items = [];
        private int _first;

        public Ring(int capacity)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
            _capacity = capacity;
        }

        public int Count { get; private set; }

        public T this[int index] => _items[(_first + index) % _items.Length];

        public void Add(T item)
        {
            if (Count == _items.Length && Count < _capacity)
            {
                var larger = new T[Math.Min(_capacity, Math.Max(16, 2 * Count))];
                CopyFrom(0).CopyTo(larger, 0);
                (_items, _first) = (larger, 0);
            }

            if (Count == _capacity)
            {
                _items[_first] = item;
                _first = (_first + 1) % _items.Length;
                return;
            }

            _items[(_first + Count) % _items.Length] = item;
            Count++;
        }

        public void DropLast() => Count--;

        public T[] CopyFrom(int index)
        {
            var copy = new T[Count - index];
            for (var i = 0; i < copy.Length; i++)
            {
                copy[i] = this[index + i];
            }

            return copy;
        }
    }
}
