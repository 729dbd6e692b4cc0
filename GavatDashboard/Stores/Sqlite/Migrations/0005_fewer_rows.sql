-- Fewer and cheaper rows for each operation.

-- The last activity is written with the account, which every entry changes anyway.
ALTER TABLE coin_balances ADD COLUMN last_activity_at INTEGER NULL;
UPDATE coin_balances SET last_activity_at = (SELECT u.last_activity_at FROM users u WHERE u.user_id = coin_balances.user_id);
ALTER TABLE users DROP COLUMN last_activity_at;

-- The rows of a day lie together: today's are the ones that are written.
ALTER TABLE daily_limits RENAME TO daily_limits_before;
CREATE TABLE daily_limits (
    user_id TEXT NOT NULL,
    day TEXT NOT NULL,
    earned INTEGER NOT NULL,
    spent INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    PRIMARY KEY (day, user_id)
) STRICT, WITHOUT ROWID;
INSERT INTO daily_limits SELECT user_id, day, earned, spent, messages FROM daily_limits_before;
DROP TABLE daily_limits_before;
CREATE INDEX daily_limits_by_user ON daily_limits (user_id);

-- One sum for the days that a month and a week have in common, of which both are made, in place of one for each.
DROP TABLE coin_leaderboard;
CREATE TABLE coin_leaderboard (
    slice_start TEXT NOT NULL,
    user_id TEXT NOT NULL,
    earned INTEGER NOT NULL,
    spent INTEGER NOT NULL,
    PRIMARY KEY (slice_start, user_id)
) STRICT, WITHOUT ROWID;

INSERT INTO coin_leaderboard (slice_start, user_id, earned, spent)
SELECT max(date(e.at, 'start of month'), date(e.at, '-6 days', 'weekday 1')), e.user_id,
       coalesce(sum(e.amount) FILTER (WHERE e.moves LIKE 'earn%'), 0), coalesce(-sum(e.amount) FILTER (WHERE e.moves LIKE 'spend%'), 0)
FROM (SELECT t.user_id, t.amount, datetime(t.effective_at / 1000000, 'unixepoch') AS at, coalesce(o.type, t.type) AS moves
      FROM coin_transactions t LEFT JOIN coin_transactions o ON o.entry_id = t.reversal_of
      WHERE t.user_id NOT LIKE 'system:%' AND t.user_id NOT LIKE 'treasury:%') AS e
GROUP BY 1, 2;

-- An entry is its own event: both have the same place in the log.
DELETE FROM outbox WHERE kind = 'entry';

-- What is about to be committed is noted in a file of its own, beside this one.
DROP TABLE intents;
