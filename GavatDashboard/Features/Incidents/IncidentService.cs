using System.Text.Json;
using GavatDashboard.Domain.Health;
using GavatDashboard.Domain.Coins;
using GavatDashboard.Features.Audit;
using GavatDashboard.Features.Failover;
using GavatDashboard.Features.Health;
using GavatDashboard.Features.Security;
using GavatDashboard.Stores.Sqlite.Console;

namespace GavatDashboard.Features.Incidents;

/// <summary>Lets operators take incidents up and write notes, audited.</summary>
internal sealed class IncidentService(
    IIncidentArchive incidents, IFailoverControl failover, IIncidentHerald herald, IConsoleUnitOfWork unitOfWork, IAdminGate gate, IAuditLog audit, TimeProvider time)
{
    private const int JournalRows = 500;

    /// <summary>A probe sees a change some seconds after it happened.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(10);

    /// <summary>Incidents, the newest first.</summary>
    public Task<IReadOnlyList<IncidentCase>> ListAsync(IncidentQuery query, CancellationToken cancellationToken) => incidents.ListAsync(query, cancellationToken);

    /// <summary>An incident, or null.</summary>
    public Task<IncidentCase?> FindAsync(Guid id, CancellationToken cancellationToken) => incidents.FindAsync(id, cancellationToken);

    /// <summary>What the failover coordinator did while an incident lasted, the oldest first; null where its journal cannot be read now.</summary>
    public Task<IReadOnlyList<FailoverJournalEntry>?> ListFailoverAsync(Incident incident, CancellationToken cancellationToken) =>
        ListFailoverAsync(failover, incident, cancellationToken);

    /// <inheritdoc cref="ListFailoverAsync(Incident, CancellationToken)"/>
    public static async Task<IReadOnlyList<FailoverJournalEntry>?> ListFailoverAsync(IFailoverControl failover, Incident incident, CancellationToken cancellationToken)
    {
        try
        {
            var journal = await failover.ListJournalAsync(JournalRows, cancellationToken);
            return [.. journal.Where(entry => entry.At >= incident.StartedAt - Slack && (incident.EndedAt is not { } ended || entry.At <= ended + Slack)).OrderBy(entry => entry.At)];
        }
        catch (StoreUnavailableException)
        {
            // It lies in the fallback's file, which may be what the incident is about.
            return null;
        }
    }

    /// <summary>Takes an incident up.</summary>
    /// <returns>False where somebody did before, or there is no such incident.</returns>
    /// <exception cref="UnauthorizedAccessException">Whoever asks is no operator any more.</exception>
    public async Task<bool> AcknowledgeAsync(Guid id, CancellationToken cancellationToken)
    {
        var actor = await FindActorAsync(cancellationToken);
        var acknowledgement = new IncidentAcknowledgement(actor, time.GetUtcNow());
        var isTaken = await unitOfWork.RunAsync(
            async token =>
            {
                if (!await incidents.AcknowledgeAsync(id, acknowledgement, token))
                {
                    return false;
                }

                await audit.AppendAsync(actor, "incident.acknowledged", $"incident:{id:N}", null, null, token);
                if (await incidents.FindAsync(id, token) is { } known)
                {
                    await herald.KeepAsync(known.Incident, [IncidentNews.Acknowledged], acknowledgement, token);
                }

                return true;
            },
            isTaken => isTaken,
            cancellationToken);
        if (isTaken)
        {
            herald.Begin();
        }

        return isTaken;
    }

    /// <summary>Adds a note.</summary>
    /// <returns>False where there is no such incident.</returns>
    /// <exception cref="ArgumentException">The text is empty or too long.</exception>
    /// <exception cref="UnauthorizedAccessException">Whoever asks is no operator any more.</exception>
    public async Task<bool> AddNoteAsync(Guid id, string text, CancellationToken cancellationToken)
    {
        if (text.Trim() is not { Length: > 0 and <= IncidentCase.MaxNoteLength } words)
        {
            throw new ArgumentException($"A note has 1 to {IncidentCase.MaxNoteLength} characters.", nameof(text));
        }

        var actor = await FindActorAsync(cancellationToken);
        var note = new IncidentNote(Guid.CreateVersion7(time.GetUtcNow()), time.GetUtcNow(), actor, words);
        if (!await incidents.AddNoteAsync(id, note, cancellationToken))
        {
            return false;
        }

        await audit.AppendAsync(actor, "incident.noted", $"incident:{id:N}", null, JsonSerializer.Serialize(new { note.Id, note.Text }, JsonSerializerOptions.Web), CancellationToken.None);
        return true;
    }

    private async Task<string> FindActorAsync(CancellationToken cancellationToken) =>
        await gate.FindActorAsync(Policies.Operator, cancellationToken) ?? throw new UnauthorizedAccessException("Only an operator whose session holds may do this.");
}
