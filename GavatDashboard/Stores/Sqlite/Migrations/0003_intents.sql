-- What the writer is about to commit to the primary. A row lives from before that commit until the mirror has applied it.
CREATE TABLE intents (
    revision INTEGER NOT NULL PRIMARY KEY,
    payload BLOB NOT NULL,
    previous_hash BLOB NOT NULL,
    hash BLOB NOT NULL,
    noted_at INTEGER NOT NULL
) STRICT;
