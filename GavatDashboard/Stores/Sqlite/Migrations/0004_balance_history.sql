-- Balances at instants of the past, so that a later question need not sum a whole history. A row counts every entry that took effect
-- at or before its instant and is at or before the cursor's place in the log; one that comes in later with an earlier date drops it.
CREATE TABLE balance_snapshots (
    user_id TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    balance INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    PRIMARY KEY (user_id, at)
) STRICT, WITHOUT ROWID;

-- One row: the place in the log up to which every snapshot counts.
CREATE TABLE balance_snapshot_cursor (
    id  INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL
) STRICT;

INSERT INTO balance_snapshot_cursor (id, seq) VALUES (1, 0);

-- Only entries that were written after they took effect: imports and corrections. Ordinary entries are not in it and pay nothing for it.
CREATE INDEX coin_transactions_late ON coin_transactions (user_id, effective_at, recorded_at, amount) WHERE recorded_at > effective_at;

-- How far each check of the reconciliation has come. Kept in SQLite, which is there when nothing else is.
CREATE TABLE reconciliation (
    name       TEXT    NOT NULL PRIMARY KEY,
    state      TEXT    NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
