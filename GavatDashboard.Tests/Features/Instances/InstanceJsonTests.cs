using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Instances;

namespace GavatDashboard.Tests.Features.Instances;

/// <summary>Every kind of operation and of answer arrives at the other instance as it was sent. A kind that is added is tested by being there.</summary>
public sealed class InstanceJsonTests
{
    private const int Seeds = 25;

    public static TheoryData<Type> Operations => KindsOf(typeof(LedgerOperation));

    public static TheoryData<Type> Results => KindsOf(typeof(OperationResult));

    [Theory]
    [MemberData(nameof(Operations))]
    public void Operation_OfEachKind_ArrivesAsItWasSent(Type kind)
    {
        foreach (var random in Randoms())
        {
            var sent = (LedgerOperation)Make(kind, random)!;
            var arrived = Send(new ForwardedBatch("owner", [sent])).Operations.Single();

            AssertSame(sent, arrived, kind.Name);
            Assert.Equal(sent.ComputeRequestHash(), arrived.ComputeRequestHash());
        }
    }

    [Theory]
    [MemberData(nameof(Results))]
    public void Result_OfEachKind_ArrivesAsItWasSent(Type kind)
    {
        foreach (var random in Randoms())
        {
            var sent = new ForwardedAnswers([new ForwardedAnswer((OperationResult)Make(kind, random)!), new ForwardedAnswer(null, "no", IsBug: true)]);

            AssertSame(sent, Send(sent), kind.Name);
        }
    }

    [Fact]
    public void EntryType_ThatIsNotKnownHere_IsRefused()
    {
        var sent = JsonSerializer.Serialize(new ForwardedBatch("owner", [GavatDashboard.Tests.Stores.Operations.Post("user", "earn_task")]), InstanceJson.Options);

        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<ForwardedBatch>(sent.Replace("earn_task", "earn_tomorrow", StringComparison.Ordinal), InstanceJson.Options));
    }

    private static IEnumerable<Random> Randoms() => Enumerable.Range(1, Seeds).Select(seed => new Random(seed));

    private static T Send<T>(T value) => JsonSerializer.Deserialize<T>(JsonSerializer.SerializeToUtf8Bytes(value, InstanceJson.Options), InstanceJson.Options)!;

    private static TheoryData<Type> KindsOf(Type parent)
    {
        var kinds = new TheoryData<Type>();
        foreach (var kind in parent.Assembly.GetTypes().Where(type => type.IsSubclassOf(parent) && !type.IsAbstract))
        {
            kinds.Add(kind);
        }

        return kinds;
    }

    /// <summary>A value in which every property that can be set is set, now and then to nothing where that may be.</summary>
    private static object? Make(Type type, Random random)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
        {
            return random.Next(4) == 0 ? null : Make(inner, random);
        }

        return type switch
        {
            _ when type == typeof(string) => $"tëxt \"{random.Next()}\"\n'<&>",
            _ when type == typeof(long) => random.NextInt64(),
            _ when type == typeof(int) => random.Next(),
            _ when type == typeof(bool) => random.Next(2) == 0,
            _ when type == typeof(Guid) => Guid.NewGuid(),
            _ when type == typeof(byte[]) => BitConverter.GetBytes(random.NextInt64()),
            _ when type == typeof(DateTimeOffset) => new DateTimeOffset(random.NextInt64(DateTime.MaxValue.Ticks), TimeSpan.Zero),
            _ when type == typeof(CoinAmount) => new CoinAmount(random.NextInt64(-1_000_000, 1_000_000)),
            _ when type == typeof(EntryType) => EntryType.All[random.Next(EntryType.All.Count)],
            _ when type == typeof(IReadOnlyDictionary<string, long?>) => EntryType.All.ToDictionary(each => each.Code, _ => (long?)Make(typeof(long?), random)),
            _ when type.IsEnum => Enum.GetValuesAsUnderlyingType(type) is var values ? Enum.ToObject(type, values.GetValue(random.Next(values.Length))!) : null,
            _ when type.Namespace == typeof(LedgerOperation).Namespace => Fill(RuntimeHelpers.GetUninitializedObject(type), random),
            _ => throw new NotSupportedException($"Say how a {type} is made."),
        };
    }

    private static object Fill(object value, Random random)
    {
        foreach (var property in Settable(value.GetType()))
        {
            var isOptional = new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable;
            property.SetValue(value, isOptional && random.Next(4) == 0 ? null : Make(property.PropertyType, random));
        }

        return value;
    }

    private static void AssertSame(object? sent, object? arrived, string path)
    {
        if (sent is null || arrived is null || sent is string || sent.GetType().IsValueType || sent is EntryType)
        {
            Assert.True(Equals(sent, arrived), $"{path}: {sent ?? "nothing"} was sent, {arrived ?? "nothing"} arrived");
        }
        else if (sent is IDictionary<string, long?> map)
        {
            Assert.Equal(map.OrderBy(each => each.Key), ((IReadOnlyDictionary<string, long?>)arrived).OrderBy(each => each.Key));
        }
        else if (sent is IEnumerable many)
        {
            var (left, right) = (many.Cast<object?>().ToList(), ((IEnumerable)arrived).Cast<object?>().ToList());
            Assert.Equal(left.Count, right.Count);
            for (var i = 0; i < left.Count; i++)
            {
                AssertSame(left[i], right[i], $"{path}[{i}]");
            }
        }
        else
        {
            Assert.Equal(sent.GetType(), arrived.GetType());
            Assert.All(Settable(sent.GetType()), property => AssertSame(property.GetValue(sent), property.GetValue(arrived), $"{path}.{property.Name}"));
        }
    }

    private static IEnumerable<PropertyInfo> Settable(Type type) => type.GetProperties().Where(property => property.CanWrite);
}
