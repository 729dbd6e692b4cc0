-- Changes of the failover coordinator's state. SQLite holds the working copy; both schemas have the same tables, so that a ledger can be moved either way.
CREATE TABLE failover_journal (
    seq bigint NOT NULL PRIMARY KEY,
    at timestamptz NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    reason text NOT NULL
);
