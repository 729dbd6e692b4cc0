-- What the analyzer keeps: profiles with their flags and changes, what people decided about them, fits, batches, and how far either
-- store has told the other.
ALTER TABLE erko_profiles ADD COLUMN account_version bigint NOT NULL DEFAULT 0;
ALTER TABLE erko_profiles ADD COLUMN risk_points integer NOT NULL DEFAULT 0;
CREATE INDEX erko_profiles_by_time ON erko_profiles (analysed_at, user_id);

-- Who referred whom; both ways, and nothing else, so that other entries cost nothing.
CREATE INDEX coin_transactions_referred ON coin_transactions (user_id, related_user_id) WHERE type = 'earn_referral';
CREATE INDEX coin_transactions_referrers ON coin_transactions (related_user_id, user_id) WHERE type = 'earn_referral';

CREATE TABLE erko_flags (
    user_id text NOT NULL,
    rule text NOT NULL,
    points integer NOT NULL,
    severity text NOT NULL,
    evidence_hash text NOT NULL,
    evidence text NOT NULL,
    dismissed boolean NOT NULL,
    analysed_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, rule)
);

CREATE INDEX erko_flags_by_rule ON erko_flags (rule);

CREATE TABLE erko_changes (
    change_id uuid NOT NULL PRIMARY KEY,
    user_id text NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    from_value text NULL,
    to_value text NOT NULL,
    rule text NOT NULL,
    evidence text NOT NULL,
    rule_set_version text NOT NULL
);

CREATE INDEX erko_changes_by_user ON erko_changes (user_id, at DESC);
CREATE INDEX erko_changes_by_time ON erko_changes (at, change_id);

CREATE TABLE erko_dismissals (
    user_id text NOT NULL,
    rule text NOT NULL,
    evidence_hash text NOT NULL,
    reason text NOT NULL,
    actor text NOT NULL,
    holds boolean NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (user_id, rule)
);

CREATE TABLE erko_alerts (
    alert_id uuid NOT NULL PRIMARY KEY,
    user_id text NOT NULL,
    risk_level text NOT NULL,
    rules text NOT NULL,
    opened_at timestamptz NOT NULL,
    state text NOT NULL,
    actor text NULL,
    note text NULL,
    changed_at timestamptz NOT NULL
);

CREATE INDEX erko_alerts_by_state ON erko_alerts (state, opened_at DESC);
CREATE INDEX erko_alerts_by_user ON erko_alerts (user_id);

CREATE TABLE erko_rule_sets (
    version text NOT NULL PRIMARY KEY,
    document text NOT NULL,
    reason text NOT NULL,
    actor text NOT NULL,
    published_at timestamptz NOT NULL
);

CREATE TABLE erko_fits (
    fit_id uuid NOT NULL PRIMARY KEY,
    document text NOT NULL,
    serves boolean NOT NULL,
    changed_at timestamptz NOT NULL
);

CREATE TABLE erko_batches (
    batch_id uuid NOT NULL PRIMARY KEY,
    kind text NOT NULL,
    state text NOT NULL,
    actor text NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz NULL,
    after_user text NOT NULL,
    total bigint NOT NULL,
    done bigint NOT NULL,
    changed bigint NOT NULL,
    changed_at timestamptz NOT NULL
);

CREATE TABLE erko_devices (
    device text NOT NULL,
    user_id text NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (device, user_id)
);

CREATE INDEX erko_devices_by_time ON erko_devices (last_at, device, user_id);

CREATE TABLE erko_days (
    day date NOT NULL,
    segment text NOT NULL,
    users bigint NOT NULL,
    counted_at timestamptz NOT NULL,
    PRIMARY KEY (day, segment)
);

-- How far one store's rows have come over into the other.
CREATE TABLE erko_copies (
    direction text NOT NULL,
    kind text NOT NULL,
    through_at timestamptz NOT NULL,
    PRIMARY KEY (direction, kind)
);
