-- Times are milliseconds since 1970-01-01 UTC.
CREATE TABLE console_users (
    id                   TEXT    NOT NULL PRIMARY KEY,
    user_name            TEXT    NOT NULL,
    normalized_user_name TEXT    NOT NULL UNIQUE,
    password_hash        TEXT    NULL,
    security_stamp       TEXT    NOT NULL,
    concurrency_stamp    TEXT    NOT NULL,
    lockout_enabled      INTEGER NOT NULL CHECK (lockout_enabled IN (0, 1)),
    lockout_end_ms       INTEGER NULL,
    access_failed_count  INTEGER NOT NULL DEFAULT 0 CHECK (access_failed_count >= 0),
    must_change_password INTEGER NOT NULL DEFAULT 0 CHECK (must_change_password IN (0, 1)),
    disabled_at_ms       INTEGER NULL,
    created_at_ms        INTEGER NOT NULL,
    last_sign_in_at_ms   INTEGER NULL
) STRICT;

CREATE TABLE console_user_roles (
    user_id TEXT NOT NULL REFERENCES console_users (id) ON DELETE CASCADE,
    role    TEXT NOT NULL CHECK (role IN ('operator', 'support', 'admin')),
    PRIMARY KEY (user_id, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE console_sessions (
    id             TEXT    NOT NULL PRIMARY KEY,
    user_id        TEXT    NOT NULL REFERENCES console_users (id) ON DELETE CASCADE,
    created_at_ms  INTEGER NOT NULL,
    last_seen_at_ms INTEGER NOT NULL,
    remote_address TEXT    NULL,
    user_agent     TEXT    NULL,
    ended_at_ms    INTEGER NULL
) STRICT;
CREATE INDEX ix_console_sessions_user ON console_sessions (user_id, last_seen_at_ms);

CREATE TABLE api_keys (
    id              TEXT    NOT NULL PRIMARY KEY,
    name            TEXT    NOT NULL,
    prefix          TEXT    NOT NULL,
    key_hash        TEXT    NOT NULL UNIQUE,
    scopes          TEXT    NOT NULL,
    created_at_ms   INTEGER NOT NULL,
    created_by      TEXT    NOT NULL,
    expires_at_ms   INTEGER NULL,
    revoked_at_ms   INTEGER NULL,
    revoked_by      TEXT    NULL,
    last_used_at_ms INTEGER NULL
) STRICT;

CREATE TABLE audit_entries (
    seq           INTEGER NOT NULL PRIMARY KEY,
    at_ms         INTEGER NOT NULL,
    actor         TEXT    NOT NULL,
    action        TEXT    NOT NULL,
    target        TEXT    NULL,
    reason        TEXT    NULL,
    details_json  TEXT    NULL,
    previous_hash TEXT    NOT NULL,
    hash          TEXT    NOT NULL
) STRICT;
CREATE INDEX ix_audit_entries_at ON audit_entries (at_ms);
CREATE INDEX ix_audit_entries_action ON audit_entries (action);

-- The head is written with every row, so that rows cut from the end are missed.
CREATE TABLE audit_head (
    id   INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    seq  INTEGER NOT NULL,
    hash TEXT    NOT NULL
) STRICT;
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

CREATE TABLE data_protection_keys (
    id            INTEGER NOT NULL PRIMARY KEY,
    friendly_name TEXT    NOT NULL,
    xml           TEXT    NOT NULL,
    created_at_ms INTEGER NOT NULL
) STRICT;
