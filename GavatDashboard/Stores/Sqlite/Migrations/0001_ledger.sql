-- The ledger; instants are microseconds since 1970, days are ISO texts. Every table here exists in PostgreSQL with the same columns; a test compares both schemas.

CREATE TABLE users (
    user_id TEXT NOT NULL PRIMARY KEY,
    username TEXT NOT NULL,
    type TEXT NOT NULL,
    registered_at INTEGER NOT NULL,
    last_activity_at INTEGER NULL
) STRICT;

CREATE TABLE coin_balances (
    user_id TEXT NOT NULL PRIMARY KEY,
    balance INTEGER NOT NULL,
    earned INTEGER NOT NULL,
    spent INTEGER NOT NULL,
    granted INTEGER NOT NULL,
    tier TEXT NOT NULL,
    pinned_tier TEXT NULL,
    pin_reason TEXT NULL,
    pin_actor TEXT NULL,
    pin_expires_at INTEGER NULL,
    debt INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT balance_not_negative CHECK (balance >= 0 OR debt),
    CONSTRAINT balance_is_earned_less_spent CHECK (balance = earned - spent),
    CONSTRAINT totals_not_negative CHECK (earned >= 0 AND spent >= 0 AND granted >= 0)
) STRICT;

CREATE TABLE coin_transactions (
    seq INTEGER NOT NULL PRIMARY KEY,
    entry_id TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL,
    type TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount <> 0),
    balance_after INTEGER NOT NULL,
    contra_account TEXT NOT NULL,
    description TEXT NULL,
    related_user_id TEXT NULL,
    metadata TEXT NULL,
    reversal_of TEXT NULL,
    idempotency_key TEXT NOT NULL UNIQUE,
    request_hash BLOB NOT NULL,
    effective_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    chain_hash BLOB NOT NULL
) STRICT;

CREATE INDEX coin_transactions_by_user ON coin_transactions (user_id, effective_at DESC, seq DESC);
-- An entry is reversed at most once.
CREATE UNIQUE INDEX coin_transactions_reversal ON coin_transactions (reversal_of) WHERE reversal_of IS NOT NULL;

CREATE TABLE daily_limits (
    user_id TEXT NOT NULL,
    day TEXT NOT NULL,
    earned INTEGER NOT NULL,
    spent INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    PRIMARY KEY (user_id, day)
) STRICT;

CREATE TABLE coin_leaderboard (
    period TEXT NOT NULL,
    period_start TEXT NOT NULL,
    user_id TEXT NOT NULL,
    earned INTEGER NOT NULL,
    spent INTEGER NOT NULL,
    PRIMARY KEY (period, period_start, user_id)
) STRICT;

-- Answers kept under an idempotency key that made no entry: refusals, pins, activity, policy changes.
CREATE TABLE kept_answers (
    idempotency_key TEXT NOT NULL PRIMARY KEY,
    request_hash BLOB NOT NULL,
    user_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    refusal TEXT NULL,
    decided_at INTEGER NOT NULL
) STRICT;

CREATE INDEX kept_answers_by_user ON kept_answers (user_id, decided_at DESC);

CREATE TABLE activities (
    event_id TEXT NOT NULL PRIMARY KEY,
    seq INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    metadata TEXT NULL,
    at INTEGER NOT NULL
) STRICT;

CREATE INDEX activities_by_user ON activities (user_id, at DESC);

CREATE TABLE erko_profiles (
    user_id TEXT NOT NULL PRIMARY KEY,
    segment TEXT NOT NULL,
    risk_level TEXT NOT NULL,
    score INTEGER NOT NULL,
    engagement INTEGER NOT NULL,
    document TEXT NOT NULL,
    rule_set_version TEXT NOT NULL,
    analysed_at INTEGER NOT NULL
) STRICT;

CREATE INDEX erko_profiles_by_segment ON erko_profiles (segment);
CREATE INDEX erko_profiles_by_risk ON erko_profiles (risk_level, score DESC);

CREATE TABLE prices (
    entry_type TEXT NOT NULL PRIMARY KEY,
    amount INTEGER NULL
) STRICT;

CREATE TABLE control (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE outbox (
    seq INTEGER NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    reference TEXT NOT NULL,
    user_id TEXT NOT NULL
) STRICT;

CREATE TABLE outbox_cursors (
    consumer TEXT NOT NULL PRIMARY KEY,
    seq INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

-- One row. Whoever writes locks it, so writers are in line, places in the log have no gaps, and a writer of a closed epoch is refused.
CREATE TABLE ledger_head (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    epoch INTEGER NOT NULL,
    owner TEXT NOT NULL,
    mode TEXT NOT NULL,
    closed_epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    chain_hash BLOB NOT NULL,
    revision INTEGER NOT NULL,
    policy_version INTEGER NOT NULL
) STRICT;

INSERT INTO ledger_head (id, epoch, owner, mode, closed_epoch, seq, chain_hash, revision, policy_version)
VALUES (1, 1, '', 'primary', 0, 0, zeroblob(32), 0, 0);

CREATE TABLE heartbeat (
    id TEXT NOT NULL PRIMARY KEY,
    beat INTEGER NOT NULL,
    beat_at INTEGER NOT NULL
) STRICT;
