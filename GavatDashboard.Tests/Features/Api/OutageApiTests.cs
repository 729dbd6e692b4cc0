using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Reflection;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Stores;
using GavatDashboard.Tests.App;
using Microsoft.Extensions.DependencyInjection;
using Serilog.Core;
using Serilog.Events;
using Serilog.Filters;

namespace GavatDashboard.Tests.Features.Api;

/// <summary>What callers hear when stores fail, when too much waits, and when there is a bug.</summary>
public sealed class OutageApiTests(OutageApiTests.FaultyApp app) : IClassFixture<OutageApiTests.FaultyApp>
{
    private const string Secret = "host=10.1.2.3 password=hunter2";

    private readonly ApiCaller api = new(app.CreateClient());

    [Fact]
    public async Task Reading_WithNoStoreInReach_Is503AndNever404()
    {
        var user = await api.CreateRichUserAsync(10);
        foreach (var path in new[] { $"/coins/{user}/balance", $"/coins/{user}/stats", $"/coins/{user}/transactions", "/coins/nobody-here/balance", "/prices", "/users?q=x", $"/users/{user}" })
        {
            using (app.Fail(new StoreUnavailableException(StoreKind.PostgreSql, Secret)))
            {
                AssertUnavailable(await api.GetAsync(path), "store_unavailable", mayHaveHappened: false);
            }
        }

        Assert.Equal(10, (await api.GetAsync($"/coins/{user}/balance")).NumberOf("balance"));
    }

    [Fact]
    public async Task Balance_WithOnlyTheCopyInReach_IsMarkedStale()
    {
        using (app.Fail(new StoreUnavailableException(StoreKind.Sqlite, Secret)))
        {
            var answer = await api.GetAsync($"/coins/{OneCopy.UserId}/balance");

            Assert.Equal(HttpStatusCode.OK, answer.Status);
            Assert.True(answer.Json.GetProperty("stale").GetBoolean());
            Assert.Equal("mongodb", answer.TextOf("source"));
            Assert.Equal("2026-05-29T10:00:00Z", answer.TextOf("asOf"));
            Assert.Equal(77, answer.NumberOf("balance"));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Writing_WithNoStoreInReach_Is503AndSaysWhetherItMayHaveHappened(bool mayHaveHappened)
    {
        var user = await api.CreateUserAsync();
        using (app.Fail(new StoreUnavailableException(StoreKind.PostgreSql, Secret, mayHaveHappened)))
        {
            AssertUnavailable(await api.PostAsync($"/coins/{user}/earn", """{"type":"earn_task"}"""), "store_unavailable", mayHaveHappened);
            AssertUnavailable(await api.PostAsync($"/users/{user}/activity", """{"kind":"login"}"""), "store_unavailable", mayHaveHappened);
            AssertUnavailable(await api.PostAsync("/users", """{"userId":"late","username":"late"}"""), "store_unavailable", mayHaveHappened);
        }
    }

    [Fact]
    public async Task Writing_WhenTooMuchWaits_Is503WithTheTimeToWait()
    {
        var user = await api.CreateUserAsync();
        using (app.Fail(new LedgerBusyException(4_096, TimeSpan.FromSeconds(2.5))))
        {
            var answer = await api.PostAsync($"/coins/{user}/earn", """{"type":"earn_task"}""", "busy-" + user);
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "ledger_busy"), (answer.Status, answer.Code));
            Assert.Equal("3", Assert.Single(answer.Headers.GetValues("Retry-After")));
            Assert.Equal("busy-" + user, Assert.Single(answer.Headers.GetValues("Idempotency-Key")));
        }

        Assert.False((await api.PostAsync($"/coins/{user}/earn", """{"type":"earn_task"}""", "busy-" + user)).Json.GetProperty("replayed").GetBoolean());
    }

    [Fact]
    public async Task Bug_IsAnswered500WithoutItsWordsAndLogged()
    {
        using (app.Fail(new InvalidOperationException(Secret)))
        {
            var answer = await api.GetAsync("/prices");

            Assert.Equal((HttpStatusCode.InternalServerError, "internal_error"), (answer.Status, answer.Code));
            Assert.DoesNotContain("hunter2", answer.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("InvalidOperation", answer.Text, StringComparison.Ordinal);
        }

        Assert.Contains(app.Errors, error => error.Contains("/api/v1/prices", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Caller_WhoGoesAway_IsNoError()
    {
        var user = await api.CreateUserAsync();
        app.Errors.Clear();
        using (app.Block(out var waiting))
        {
            using var gone = new CancellationTokenSource();
            using var client = app.CreateClient();
            var call = client.GetAsync(new Uri($"/api/v1/users/{user}", UriKind.Relative), gone.Token);
            await waiting.WaitAsync(TimeSpan.FromSeconds(10));
            await gone.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
            await app.Abandoned.WaitAsync(TimeSpan.FromSeconds(10));
        }

        Assert.Equal(HttpStatusCode.OK, (await api.GetAsync($"/users/{user}")).Status);
        Assert.Empty(app.Errors);
    }

    private static void AssertUnavailable(ApiAnswer answer, string code, bool mayHaveHappened)
    {
        Assert.Equal((HttpStatusCode.ServiceUnavailable, code), (answer.Status, answer.Code));
        Assert.Equal(mayHaveHappened, answer.Json.GetProperty("mayHaveHappened").GetBoolean());
        Assert.InRange(int.Parse(Assert.Single(answer.Headers.GetValues("Retry-After")), CultureInfo.InvariantCulture), 1, 60);
        Assert.DoesNotContain("hunter2", answer.Text, StringComparison.Ordinal);
    }

    /// <summary>The application with stores that fail on request.</summary>
    public sealed class FaultyApp : AppFixture
    {
        private readonly Fault fault = new();

        /// <summary>What was logged as an error.</summary>
        public ConcurrentQueue<string> Errors { get; } = new();

        /// <summary>Ends when a call that was blocked has been given up.</summary>
        public Task Abandoned => fault.Abandoned.Task;

        /// <summary>Lets every call to the stores fail until disposed.</summary>
        public IDisposable Fail(Exception exception) => fault.Set(exception);

        /// <summary>Lets the search for a user wait until its caller gives up.</summary>
        public IDisposable Block(out Task waiting) => fault.Block(out waiting);

        protected override void ChangeServices(IServiceCollection services)
        {
            services.AddSingleton<ILogEventSink>(new ErrorCollector(Errors));
            services.AddSingleton<ILedgerStores>(provider => new FaultyStores(provider.GetRequiredService<LedgerStores>(), fault));
            var writer = services.Last(service => service.ServiceType == typeof(ILedgerWriter)).ImplementationFactory!;
            services.AddSingleton(provider => FaultyProxy.Around((ILedgerWriter)writer(provider), fault));

            // The cache would go on answering, which is not what is tried here.
            services.AddSingleton<IBalanceCache, NoCache>();
            services.AddSingleton<IBalanceCopy, OneCopy>();
        }
    }

    /// <summary>The documents hold one user's balance.</summary>
    private sealed class OneCopy : IBalanceCopy
    {
        public const string UserId = "copied";

        public Task<Reading<Account>?> FindAsync(string userId, CancellationToken cancellationToken) => Task.FromResult(
            userId == UserId
                ? new Reading<Account>(
                    new Account { UserId = UserId, Balance = new CoinAmount(77) }, new DateTimeOffset(2026, 5, 29, 10, 0, 0, TimeSpan.Zero), StoreKind.MongoDb, IsStale: true)
                : null);
    }

    private sealed class FaultyStores(LedgerStores stores, Fault fault) : ILedgerStores
    {
        public ICoinLedger Primary { get; } = FaultyProxy.Around(stores.Primary, fault);

        public ICoinLedger Fallback { get; } = FaultyProxy.Around(stores.Fallback, fault);

        public ICoinLedger Current => Primary;
    }

    private sealed class Fault
    {
        private volatile Exception? exception;
        private volatile TaskCompletionSource? blocked;

        public TaskCompletionSource Abandoned { get; } = new();

        public IDisposable Set(Exception value)
        {
            exception = value;
            return new Restorer(() => exception = null);
        }

        public IDisposable Block(out Task waiting)
        {
            var source = new TaskCompletionSource();
            blocked = source;
            waiting = source.Task;
            return new Restorer(() => blocked = null);
        }

        public void ThrowIfSet(string method)
        {
            if (exception is { } set && !method.StartsWith("get_", StringComparison.Ordinal))
            {
                throw set;
            }
        }

        public Task<User?>? BlockIfSet(string method, object?[]? args)
        {
            return blocked is { } source && method == nameof(ICoinLedger.FindUserAsync) ? WaitAsync((CancellationToken)args![1]!) : null;

            async Task<User?> WaitAsync(CancellationToken cancellationToken)
            {
                source.TrySetResult();
                try
                {
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                }
                finally
                {
                    Abandoned.TrySetResult();
                }

                return null;
            }
        }
    }

    private sealed class Restorer(Action restore) : IDisposable
    {
        public void Dispose() => restore();
    }

    /// <summary>Passes every call on unless a fault is set.</summary>
    public class FaultyProxy : DispatchProxy
    {
        private object inner = new();
        private Fault fault = new();

        internal static T Around<T>(T inner, object fault)
            where T : class
        {
            var proxy = Create<T, FaultyProxy>();
            ((FaultyProxy)(object)proxy).inner = inner;
            ((FaultyProxy)(object)proxy).fault = (Fault)fault;
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            fault.ThrowIfSet(targetMethod!.Name);
            return fault.BlockIfSet(targetMethod.Name, args) ?? targetMethod.Invoke(inner, args);
        }
    }

    private sealed class ErrorCollector(ConcurrentQueue<string> errors) : ILogEventSink
    {
        public void Emit(LogEvent logEvent)
        {
            if (logEvent.Level >= LogEventLevel.Error && Matching.FromSource("GavatDashboard.Features.Api")(logEvent))
            {
                errors.Enqueue(logEvent.RenderMessage(CultureInfo.InvariantCulture));
            }
        }
    }
}
