-- What the fallback has acknowledged since it took over, and the primary does not hold yet.
CREATE TABLE replay (
    revision INTEGER NOT NULL PRIMARY KEY,
    operations INTEGER NOT NULL,
    payload BLOB NOT NULL,
    previous_hash BLOB NOT NULL,
    hash BLOB NOT NULL,
    noted_at INTEGER NOT NULL
) STRICT;

CREATE INDEX replay_size ON replay (revision, operations);

-- One row: the failover coordinator's state, written before it acts, so that a restart goes on from it.
CREATE TABLE failover_state (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    state TEXT NOT NULL,
    document TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

-- What people asked of the coordinator; a key begins an action once.
CREATE TABLE failover_actions (
    idempotency_key TEXT NOT NULL PRIMARY KEY,
    action_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    scope TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    requested_at INTEGER NOT NULL
) STRICT;

CREATE TABLE failover_proofs (
    proof_id TEXT NOT NULL PRIMARY KEY,
    ended_at INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;

CREATE INDEX failover_proofs_by_end ON failover_proofs (ended_at DESC);

-- The journal's states are written as everywhere else; the first version had a state before the first tick.
UPDATE failover_journal SET from_state = lower(from_state), to_state = lower(to_state);
UPDATE failover_journal SET from_state = 'primary' WHERE from_state = 'starting';
