-- The ledger. Every table here exists in SQLite with the same columns; a test compares both schemas.

CREATE TABLE users (
    user_id          text        NOT NULL PRIMARY KEY,
    username         text        NOT NULL,
    type             text        NOT NULL,
    registered_at    timestamptz NOT NULL,
    last_activity_at timestamptz NULL
);

CREATE TABLE coin_balances (
    user_id        text        NOT NULL PRIMARY KEY,
    balance        bigint      NOT NULL,
    earned         bigint      NOT NULL,
    spent          bigint      NOT NULL,
    granted        bigint      NOT NULL,
    tier           text        NOT NULL,
    pinned_tier    text        NULL,
    pin_reason     text        NULL,
    pin_actor      text        NULL,
    pin_expires_at timestamptz NULL,
    debt           boolean     NOT NULL DEFAULT false,
    version        bigint      NOT NULL,
    updated_at     timestamptz NOT NULL,
    CONSTRAINT balance_not_negative CHECK (balance >= 0 OR debt),
    CONSTRAINT balance_is_earned_less_spent CHECK (balance = earned - spent),
    CONSTRAINT totals_not_negative CHECK (earned >= 0 AND spent >= 0 AND granted >= 0)
) WITH (fillfactor = 70);

CREATE TABLE coin_transactions (
    seq             bigint      NOT NULL PRIMARY KEY,
    entry_id        uuid        NOT NULL UNIQUE,
    user_id         text        NOT NULL,
    type            text        NOT NULL,
    amount          bigint      NOT NULL CHECK (amount <> 0),
    balance_after   bigint      NOT NULL,
    contra_account  text        NOT NULL,
    description     text        NULL,
    related_user_id text        NULL,
    metadata        text        NULL,
    reversal_of     uuid        NULL,
    idempotency_key text        NOT NULL UNIQUE,
    request_hash    bytea       NOT NULL,
    effective_at    timestamptz NOT NULL,
    recorded_at     timestamptz NOT NULL,
    actor           text        NOT NULL,
    epoch           bigint      NOT NULL,
    chain_hash      bytea       NOT NULL
);

CREATE INDEX coin_transactions_by_user ON coin_transactions (user_id, effective_at DESC, seq DESC);
-- An entry is reversed at most once.
CREATE UNIQUE INDEX coin_transactions_reversal ON coin_transactions (reversal_of) WHERE reversal_of IS NOT NULL;

CREATE TABLE daily_limits (
    user_id  text    NOT NULL,
    day      date    NOT NULL,
    earned   bigint  NOT NULL,
    spent    bigint  NOT NULL,
    messages integer NOT NULL,
    PRIMARY KEY (user_id, day)
) WITH (fillfactor = 70);

CREATE TABLE coin_leaderboard (
    period       text   NOT NULL,
    period_start date   NOT NULL,
    user_id      text   NOT NULL,
    earned       bigint NOT NULL,
    spent        bigint NOT NULL,
    PRIMARY KEY (period, period_start, user_id)
) WITH (fillfactor = 70);

-- Answers kept under an idempotency key that made no entry: refusals, pins, activity, policy changes.
CREATE TABLE kept_answers (
    idempotency_key text        NOT NULL PRIMARY KEY,
    request_hash    bytea       NOT NULL,
    user_id         text        NOT NULL,
    kind            text        NOT NULL,
    refusal         text        NULL,
    decided_at      timestamptz NOT NULL
);

CREATE INDEX kept_answers_by_user ON kept_answers (user_id, decided_at DESC);

CREATE TABLE activities (
    event_id uuid        NOT NULL PRIMARY KEY,
    seq      bigint      NOT NULL,
    user_id  text        NOT NULL,
    kind     text        NOT NULL,
    metadata text        NULL,
    at       timestamptz NOT NULL
);

CREATE INDEX activities_by_user ON activities (user_id, at DESC);

CREATE TABLE erko_profiles (
    user_id          text        NOT NULL PRIMARY KEY,
    segment          text        NOT NULL,
    risk_level       text        NOT NULL,
    score            integer     NOT NULL,
    engagement       integer     NOT NULL,
    document         text        NOT NULL,
    rule_set_version text        NOT NULL,
    analysed_at      timestamptz NOT NULL
);

CREATE INDEX erko_profiles_by_segment ON erko_profiles (segment);
CREATE INDEX erko_profiles_by_risk ON erko_profiles (risk_level, score DESC);

CREATE TABLE prices (
    entry_type text   NOT NULL PRIMARY KEY,
    amount     bigint NULL
);

CREATE TABLE control (
    key        text        NOT NULL PRIMARY KEY,
    value      text        NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE outbox (
    seq       bigint NOT NULL PRIMARY KEY,
    kind      text   NOT NULL,
    reference text   NOT NULL,
    user_id   text   NOT NULL
);

CREATE TABLE outbox_cursors (
    consumer   text        NOT NULL PRIMARY KEY,
    seq        bigint      NOT NULL,
    updated_at timestamptz NOT NULL
);

-- One row. Whoever writes locks it, so writers are in line, places in the log have no gaps, and a writer of a closed epoch is refused.
CREATE TABLE ledger_head (
    id             integer NOT NULL PRIMARY KEY CHECK (id = 1),
    epoch          bigint  NOT NULL,
    owner          text    NOT NULL,
    mode           text    NOT NULL,
    closed_epoch   bigint  NOT NULL,
    seq            bigint  NOT NULL,
    chain_hash     bytea   NOT NULL,
    revision       bigint  NOT NULL,
    policy_version bigint  NOT NULL
) WITH (fillfactor = 10);

INSERT INTO ledger_head (id, epoch, owner, mode, closed_epoch, seq, chain_hash, revision, policy_version)
VALUES (1, 1, '', 'primary', 0, 0, decode(repeat('00', 32), 'hex'), 0, 0);

CREATE TABLE heartbeat (
    id      text        NOT NULL PRIMARY KEY,
    beat    bigint      NOT NULL,
    beat_at timestamptz NOT NULL
) WITH (fillfactor = 10);
