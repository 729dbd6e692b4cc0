-- Fewer and cheaper rows for each operation.

-- The last activity is written with the account, which every entry changes anyway.
ALTER TABLE coin_balances ADD COLUMN last_activity_at timestamptz NULL;
UPDATE coin_balances b SET last_activity_at = u.last_activity_at FROM users u WHERE u.user_id = b.user_id;
ALTER TABLE users DROP COLUMN last_activity_at;

-- Keys are compared as bytes, as in SQLite, and not by a language's rules.
ALTER TABLE users ALTER COLUMN user_id TYPE text COLLATE "C";
ALTER TABLE coin_balances ALTER COLUMN user_id TYPE text COLLATE "C";
ALTER TABLE coin_transactions
    ALTER COLUMN user_id TYPE text COLLATE "C",
    ALTER COLUMN contra_account TYPE text COLLATE "C",
    ALTER COLUMN idempotency_key TYPE text COLLATE "C";
ALTER TABLE kept_answers
    ALTER COLUMN idempotency_key TYPE text COLLATE "C",
    ALTER COLUMN user_id TYPE text COLLATE "C";
ALTER TABLE daily_limits ALTER COLUMN user_id TYPE text COLLATE "C";
ALTER TABLE activities ALTER COLUMN user_id TYPE text COLLATE "C";

-- The rows of a day lie together: today's are the ones that are written.
ALTER TABLE daily_limits DROP CONSTRAINT daily_limits_pkey;
ALTER TABLE daily_limits ADD PRIMARY KEY (day, user_id);
CREATE INDEX daily_limits_by_user ON daily_limits (user_id);

-- Updates stay on their page while it has room, and a page with less room than is kept free is tidied whenever it is read. With a tenth
-- kept free that happens every few updates; with a third, at each.
ALTER TABLE coin_balances SET (fillfactor = 90);
ALTER TABLE daily_limits SET (fillfactor = 90);

-- One sum for the days that a month and a week have in common, of which both are made, in place of one for each.
DROP TABLE coin_leaderboard;
CREATE TABLE coin_leaderboard (
    slice_start date                NOT NULL,
    user_id     text COLLATE "C"    NOT NULL,
    earned      bigint              NOT NULL,
    spent       bigint              NOT NULL,
    PRIMARY KEY (slice_start, user_id)
) WITH (fillfactor = 90);

INSERT INTO coin_leaderboard (slice_start, user_id, earned, spent)
SELECT greatest(date_trunc('week', e.at), date_trunc('month', e.at))::date, e.user_id,
       coalesce(sum(e.amount) FILTER (WHERE e.moves LIKE 'earn%'), 0), coalesce(-sum(e.amount) FILTER (WHERE e.moves LIKE 'spend%'), 0)
FROM (SELECT t.user_id, t.amount, t.effective_at AT TIME ZONE 'UTC' AS at, coalesce(o.type, t.type) AS moves
      FROM coin_transactions t LEFT JOIN coin_transactions o ON o.entry_id = t.reversal_of
      WHERE t.user_id NOT LIKE 'system:%' AND t.user_id NOT LIKE 'treasury:%') AS e
GROUP BY 1, 2;

-- An entry is its own event: both have the same place in the log.
DELETE FROM outbox WHERE kind = 'entry';

-- What is about to be committed is noted in a file of its own, beside the fallback's.
DROP TABLE intents;
