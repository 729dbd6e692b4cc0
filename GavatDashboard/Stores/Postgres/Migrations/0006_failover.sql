-- SQLite holds the working copies of these; both schemas have the same tables, so that a ledger can be moved either way.
CREATE TABLE replay (
    revision bigint NOT NULL PRIMARY KEY,
    operations bigint NOT NULL,
    payload bytea NOT NULL,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    noted_at timestamptz NOT NULL
);

CREATE INDEX replay_size ON replay (revision, operations);

CREATE TABLE failover_state (
    id integer NOT NULL PRIMARY KEY CHECK (id = 1),
    state text NOT NULL,
    document text NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE failover_actions (
    idempotency_key text NOT NULL PRIMARY KEY,
    action_id uuid NOT NULL,
    kind text NOT NULL,
    scope text NOT NULL,
    actor text NOT NULL,
    reason text NOT NULL,
    requested_at timestamptz NOT NULL
);

CREATE TABLE failover_proofs (
    proof_id uuid NOT NULL PRIMARY KEY,
    ended_at timestamptz NOT NULL,
    document text NOT NULL
);

CREATE INDEX failover_proofs_by_end ON failover_proofs (ended_at DESC);

UPDATE failover_journal SET from_state = lower(from_state), to_state = lower(to_state);
UPDATE failover_journal SET from_state = 'primary' WHERE from_state = 'starting';
