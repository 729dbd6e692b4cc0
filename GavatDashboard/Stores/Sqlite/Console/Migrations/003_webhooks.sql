-- What those outside are told of incidents, beside the incidents: both are kept in one step, and a restart loses neither.
CREATE TABLE webhook_deliveries (
    sequence      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id            TEXT    NOT NULL UNIQUE,
    endpoint      TEXT    NOT NULL,
    event         TEXT    NOT NULL,
    incident_id   TEXT    NULL,
    body          TEXT    NOT NULL,
    created_at_ms INTEGER NOT NULL,
    state         TEXT    NOT NULL,
    attempts      INTEGER NOT NULL,
    due_at_ms     INTEGER NOT NULL,
    ended_at_ms   INTEGER NULL,
    problem       TEXT    NULL
) STRICT;
CREATE INDEX ix_webhook_deliveries_waiting ON webhook_deliveries (endpoint, due_at_ms) WHERE state = 'Waiting';
CREATE INDEX ix_webhook_deliveries_incident ON webhook_deliveries (incident_id, sequence);
