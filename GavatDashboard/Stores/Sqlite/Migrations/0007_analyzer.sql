-- What the analyzer keeps: profiles with their flags and changes, what people decided about them, fits, batches, and how far either
-- store has told the other.
ALTER TABLE erko_profiles ADD COLUMN account_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE erko_profiles ADD COLUMN risk_points INTEGER NOT NULL DEFAULT 0;
CREATE INDEX erko_profiles_by_time ON erko_profiles (analysed_at, user_id);

-- Who referred whom; both ways, and nothing else, so that other entries cost nothing.
CREATE INDEX coin_transactions_referred ON coin_transactions (user_id, related_user_id) WHERE type = 'earn_referral';
CREATE INDEX coin_transactions_referrers ON coin_transactions (related_user_id, user_id) WHERE type = 'earn_referral';

CREATE TABLE erko_flags (
    user_id TEXT NOT NULL,
    rule TEXT NOT NULL,
    points INTEGER NOT NULL,
    severity TEXT NOT NULL,
    evidence_hash TEXT NOT NULL,
    evidence TEXT NOT NULL,
    dismissed INTEGER NOT NULL,
    analysed_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, rule)
) STRICT;

CREATE INDEX erko_flags_by_rule ON erko_flags (rule);

CREATE TABLE erko_changes (
    change_id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    from_value TEXT NULL,
    to_value TEXT NOT NULL,
    rule TEXT NOT NULL,
    evidence TEXT NOT NULL,
    rule_set_version TEXT NOT NULL
) STRICT;

CREATE INDEX erko_changes_by_user ON erko_changes (user_id, at DESC);
CREATE INDEX erko_changes_by_time ON erko_changes (at, change_id);

CREATE TABLE erko_dismissals (
    user_id TEXT NOT NULL,
    rule TEXT NOT NULL,
    evidence_hash TEXT NOT NULL,
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    holds INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (user_id, rule)
) STRICT;

CREATE TABLE erko_alerts (
    alert_id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    risk_level TEXT NOT NULL,
    rules TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    actor TEXT NULL,
    note TEXT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

CREATE INDEX erko_alerts_by_state ON erko_alerts (state, opened_at DESC);
CREATE INDEX erko_alerts_by_user ON erko_alerts (user_id);

CREATE TABLE erko_rule_sets (
    version TEXT NOT NULL PRIMARY KEY,
    document TEXT NOT NULL,
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    published_at INTEGER NOT NULL
) STRICT;

CREATE TABLE erko_fits (
    fit_id TEXT NOT NULL PRIMARY KEY,
    document TEXT NOT NULL,
    serves INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE erko_batches (
    batch_id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    actor TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER NULL,
    after_user TEXT NOT NULL,
    total INTEGER NOT NULL,
    done INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE erko_devices (
    device TEXT NOT NULL,
    user_id TEXT NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (device, user_id)
) STRICT;

CREATE INDEX erko_devices_by_time ON erko_devices (last_at, device, user_id);

CREATE TABLE erko_days (
    day TEXT NOT NULL,
    segment TEXT NOT NULL,
    users INTEGER NOT NULL,
    counted_at INTEGER NOT NULL,
    PRIMARY KEY (day, segment)
) STRICT;

-- How far one store's rows have come over into the other.
CREATE TABLE erko_copies (
    direction TEXT NOT NULL,
    kind TEXT NOT NULL,
    through_at INTEGER NOT NULL,
    PRIMARY KEY (direction, kind)
) STRICT;
