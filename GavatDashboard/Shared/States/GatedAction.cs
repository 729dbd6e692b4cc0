using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Security;
using GavatDashboard.Shared.Text;
using Microsoft.Extensions.Localization;

namespace GavatDashboard.Shared.States;

/// <summary>What somebody does on a panel, one thing at a time: in that person's name, or refused or failed with a reason that shows.</summary>
internal sealed class GatedAction
{
    /// <summary>Whether something is being done.</summary>
    public bool IsBusy { get; private set; }

    /// <summary>Why the last one was not done, or null.</summary>
    public string? Problem { get; set; }

    /// <summary>Does something in the name of whoever is signed in, if that person still may.</summary>
    /// <param name="gate">Knows who that is.</param>
    /// <param name="policy">What the person needs.</param>
    /// <param name="text">Texts.</param>
    /// <param name="act">Does it, for an actor.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <param name="advice">What to do after an outage, or null where that goes without saying.</param>
    public Task RunAsync(
        IAdminGate gate, string policy, IStringLocalizer<UiText> text, Func<string, Task> act, CancellationToken cancellationToken, string? advice = null) =>
        RunAsync(
            text,
            async () => await act(await gate.FindActorAsync(policy, cancellationToken) ?? throw new UnauthorizedAccessException()),
            advice);

    /// <summary>Does something that asks by itself who is signed in.</summary>
    /// <param name="text">Texts.</param>
    /// <param name="act">Does it.</param>
    /// <param name="advice">What to do after an outage, or null where that goes without saying.</param>
    public async Task RunAsync(IStringLocalizer<UiText> text, Func<Task> act, string? advice = null)
    {
        if (IsBusy)
        {
            return;
        }

        (IsBusy, Problem) = (true, null);
        try
        {
            await act();
        }
        catch (UnauthorizedAccessException)
        {
            // The role or the session ended meanwhile.
            Problem = text["Admin.NotAllowed"];
        }
        catch (Exception outage) when (outage is StoreUnavailableException or LedgerBusyException)
        {
            Problem = $"{LoadErrors.Describe(outage, text)} {advice}".TrimEnd();
        }
        finally
        {
            IsBusy = false;
        }
    }
}
