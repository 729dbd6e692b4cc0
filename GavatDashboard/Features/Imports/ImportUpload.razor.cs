using System.Globalization;
using GavatDashboard.Features.Security;
using GavatDashboard.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;
using Microsoft.Extensions.Localization;
using Microsoft.JSInterop;

namespace GavatDashboard.Features.Imports;

/// <summary>Sends a file from the browser to the spool, piece by piece, and says how far it has come.</summary>
public sealed partial class ImportUpload : IDisposable
{
    private IBrowserFile? _file;
    private ImportFormat _format;
    private string? _problem;
    private CancellationTokenSource? _sending;
    private int _round;
    private int _percent;

    /// <summary>Hears of the import that now waits for its turn.</summary>
    [Parameter, EditorRequired]
    public EventCallback<ImportStatus> OnSubmitted { get; set; }

    [Inject]
    private ImportService Imports { get; set; } = null!;

    [Inject]
    private IAdminGate Gate { get; set; } = null!;

    [Inject]
    private IStringLocalizer<UiText> T { get; set; } = null!;

    private bool IsSending => _sending is not null;

    /// <inheritdoc />
    public void Dispose() => _sending?.Cancel();

    /// <summary>A size in the unit that fits.</summary>
    internal static string SizeOf(long bytes) => bytes switch
    {
        < 1024 => $"{bytes} B",
        < 1024 * 1024 => $"{(bytes / 1024d).ToString("0.#", CultureInfo.CurrentCulture)} kB",
        _ => $"{(bytes / (1024d * 1024)).ToString("0.#", CultureInfo.CurrentCulture)} MB",
    };

    private void Choose(InputFileChangeEventArgs change)
    {
        _file = change.FileCount > 0 ? change.File : null;
        _problem = _file switch
        {
            { Size: 0 } => T["Import.Empty"],
            { } file when file.Size > Imports.MaxFileBytes => TooLarge(file.Size),
            _ => null,
        };
        if (_problem is not null)
        {
            Forget();
        }
        else if (_file is not null && _file.Name.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
        {
            _format = ImportFormat.Csv;
        }
        else if (_file is not null)
        {
            _format = ImportFormat.Cdnow;
        }
    }

    private async Task SendAsync()
    {
        if (_file is not { } file || IsSending)
        {
            return;
        }

        (_problem, _percent) = (null, 0);
        using var sending = new CancellationTokenSource();
        _sending = sending;
        ImportSubmission? submission = null;
        try
        {
            if (await Gate.FindActorAsync(sending.Token) is not { } actor)
            {
                _problem = T["Admin.NotAllowed"];
                return;
            }

            await using var content = new UploadStream(file.OpenReadStream(Imports.MaxFileBytes, sending.Token), read => OnRead(read, file.Size));
            submission = await Imports.SubmitAsync(content, file.Name, _format, actor, sending.Token);
        }
        catch (OperationCanceledException) when (sending.IsCancellationRequested)
        {
            _problem = T["Import.SendingEnded"];
        }
        catch (Exception exception) when (exception is IOException or JSException or TimeoutException)
        {
            _problem = T["Import.SendingFailed"];
        }
        finally
        {
            _sending = null;
        }

        await AnswerAsync(submission, file.Size);
    }

    private async Task AnswerAsync(ImportSubmission? submission, long size)
    {
        Forget();
        switch (submission)
        {
            case ImportSubmission.Queued queued:
                await OnSubmitted.InvokeAsync(queued.Status);
                break;
            case ImportSubmission.Empty:
                _problem = T["Import.Empty"];
                break;
            case ImportSubmission.TooLarge:
                _problem = TooLarge(size);
                break;
            case ImportSubmission.Busy busy:
                _problem = T["Import.Busy", busy.Waiting];
                break;
        }
    }

    private string TooLarge(long size) => T["Import.TooLarge", SizeOf(size), SizeOf(Imports.MaxFileBytes)];

    // A new element: the browser would not tell of the same file chosen again.
    private void Forget()
    {
        _file = null;
        _round++;
    }

    private void OnRead(long read, long size)
    {
        var percent = size == 0 ? 100 : (int)(read * 100 / size);
        if (percent != _percent)
        {
            _percent = percent;
            _ = InvokeAsync(StateHasChanged);
        }
    }

    private Task GiveUpAsync() => _sending?.CancelAsync() ?? Task.CompletedTask;
}
