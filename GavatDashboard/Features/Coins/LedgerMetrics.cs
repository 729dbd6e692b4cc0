using System.Diagnostics.Metrics;
using GavatDashboard.Domain.Coins;

namespace GavatDashboard.Features.Coins;

/// <summary>What the writer measures, under the meter <c>GavatDashboard.Ledger</c>.</summary>
internal static class LedgerMetrics
{
    private static readonly Meter Meter = new("GavatDashboard.Ledger");

    public static readonly Counter<long> Operations = Meter.CreateCounter<long>("gavat.ledger.operations", "{operation}", "Operations by outcome.");

    public static readonly Counter<long> Busy = Meter.CreateCounter<long>("gavat.ledger.busy", "{operation}", "Operations refused because the queue was full.");

    public static readonly Counter<long> Outages = Meter.CreateCounter<long>("gavat.ledger.outages", "{batch}", "Batches that no store took.");

    public static readonly Histogram<int> BatchSize = Meter.CreateHistogram<int>("gavat.ledger.batch.size", "{operation}", "Operations a batch.");

    public static readonly Histogram<double> BatchDuration = Meter.CreateHistogram<double>("gavat.ledger.batch.duration", "s", "Time a batch takes to be durable.");

    public static readonly Histogram<double> OperationDuration = Meter.CreateHistogram<double>("gavat.ledger.operation.duration", "s", "Time from the queue to the answer.");

    public static void Count(OperationResult result) => Operations.Add(1, new KeyValuePair<string, object?>("outcome", result switch
    {
        OperationResult.Posted { Replayed: false } => "posted",
        OperationResult.Posted => "replayed",
        OperationResult.Refused refused => refused.Refusal.Code,
        _ => "done",
    }));
}
