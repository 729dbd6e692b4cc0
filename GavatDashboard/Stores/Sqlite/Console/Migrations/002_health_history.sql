-- What the monitor measured and what happened, beside the accounts: this file is there when no other store is.
CREATE TABLE health_samples (
    component  TEXT    NOT NULL,
    at_ms      INTEGER NOT NULL,
    status     INTEGER NOT NULL,
    latency_ms REAL    NULL,
    PRIMARY KEY (component, at_ms)
) STRICT, WITHOUT ROWID;

CREATE TABLE health_buckets (
    component     TEXT    NOT NULL,
    seconds       INTEGER NOT NULL,
    started_at_ms INTEGER NOT NULL,
    worst         INTEGER NOT NULL,
    answered      INTEGER NOT NULL,
    failed        INTEGER NOT NULL,
    min_ms        REAL    NULL,
    max_ms        REAL    NULL,
    mean_ms       REAL    NULL,
    p50_ms        REAL    NULL,
    p95_ms        REAL    NULL,
    p99_ms        REAL    NULL,
    PRIMARY KEY (component, seconds, started_at_ms)
) STRICT, WITHOUT ROWID;

CREATE TABLE incidents (
    id                 TEXT    NOT NULL PRIMARY KEY,
    subject            TEXT    NOT NULL,
    started_at_ms      INTEGER NOT NULL,
    ended_at_ms        INTEGER NULL,
    severity           TEXT    NOT NULL,
    cause              TEXT    NOT NULL,
    timeline           TEXT    NOT NULL,
    acknowledged_by    TEXT    NULL,
    acknowledged_at_ms INTEGER NULL
) STRICT;
CREATE INDEX ix_incidents_started ON incidents (started_at_ms DESC);

CREATE TABLE incident_notes (
    id          TEXT    NOT NULL PRIMARY KEY,
    incident_id TEXT    NOT NULL REFERENCES incidents (id),
    at_ms       INTEGER NOT NULL,
    actor       TEXT    NOT NULL,
    text        TEXT    NOT NULL
) STRICT;
CREATE INDEX ix_incident_notes_incident ON incident_notes (incident_id, at_ms);
