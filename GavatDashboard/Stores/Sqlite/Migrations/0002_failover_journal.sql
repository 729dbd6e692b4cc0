-- Changes of the failover coordinator's state. It is written here, where it is at hand when PostgreSQL is not.
CREATE TABLE failover_journal (
    seq INTEGER NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
