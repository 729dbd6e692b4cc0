using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Shared.States;

/// <summary>
/// A panel that shows something of a subject: it loads it when its parameters name another subject or a higher version, keeps the old
/// meanwhile where the subject stays, and gives up when it goes.
/// </summary>
/// <typeparam name="TShown">What it shows.</typeparam>
public abstract class LoadPanel<TShown> : ComponentBase, IDisposable
    where TShown : class
{
    private readonly CancellationTokenSource _lifetime = new();
    private (object? Subject, int Version)? _loaded;

    /// <summary>Makes the panel, alive.</summary>
    protected LoadPanel() => Lifetime = _lifetime.Token;

    /// <summary>Goes up when the subject may have changed.</summary>
    [Parameter]
    public int Version { get; set; }

    /// <summary>Texts.</summary>
    [Inject]
    protected IStringLocalizer<UiText> T { get; set; } = null!;

    /// <summary>What it shows: loading, there, or failed.</summary>
    protected Load<TShown> Shown { get; } = new();

    /// <summary>Cancelled when the panel goes.</summary>
    protected CancellationToken Lifetime { get; }

    /// <summary>What the parameters name; compared by its value.</summary>
    protected abstract object? Subject { get; }

    /// <inheritdoc />
    public void Dispose()
    {
        _lifetime.Cancel();
        Shown.Dispose();
        _lifetime.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Reads what it shows.</summary>
    protected abstract Task<TShown?> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Forgets what belongs to the subject before.</summary>
    protected virtual void Reset()
    {
        // Most panels hold nothing else.
    }

    /// <summary>Reads it again.</summary>
    protected async Task LoadAsync() => await Shown.RunAsync(ReadAsync, Lifetime);

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync()
    {
        if (_loaded == (Subject, Version))
        {
            return;
        }

        if (_loaded is not { } loaded || !Equals(loaded.Subject, Subject))
        {
            Reset();
            Shown.Clear();
        }

        _loaded = (Subject, Version);
        await LoadAsync();
    }
}
