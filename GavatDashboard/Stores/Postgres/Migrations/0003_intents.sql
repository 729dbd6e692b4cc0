-- What the writer is about to commit. SQLite holds the working copy; both schemas have the same tables, so that a ledger can be moved either way.
CREATE TABLE intents (
    revision bigint NOT NULL PRIMARY KEY,
    payload bytea NOT NULL,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    noted_at timestamptz NOT NULL
);
