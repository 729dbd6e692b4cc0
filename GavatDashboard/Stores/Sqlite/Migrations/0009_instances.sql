-- PostgreSQL holds the working copies of these; both schemas have the same tables.
CREATE TABLE ledger_instances (
    instance TEXT NOT NULL PRIMARY KEY,
    address TEXT NOT NULL,
    role TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    heard_at INTEGER NOT NULL
) STRICT;

CREATE TABLE instance_secret (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    secret BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
