-- One row for an account's balance, its counters of the newest day and its sums of the newest leaderboard slice. daily_limits and
-- coin_leaderboard hold the days and slices before those.
ALTER TABLE coin_balances ADD COLUMN usage_day TEXT NULL;
ALTER TABLE coin_balances ADD COLUMN day_messages INTEGER NOT NULL DEFAULT 0;
ALTER TABLE coin_balances ADD COLUMN day_earned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE coin_balances ADD COLUMN day_spent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE coin_balances ADD COLUMN slice_earned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE coin_balances ADD COLUMN slice_spent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE coin_balances ADD COLUMN slice_start TEXT NULL;

-- Of the columns beside max(), SQLite gives those of the row that has it.
UPDATE coin_balances
SET usage_day = d.day, day_earned = d.earned, day_spent = d.spent, day_messages = d.messages
FROM (SELECT user_id, max(day) AS day, earned, spent, messages FROM daily_limits GROUP BY user_id) AS d
WHERE d.user_id = coin_balances.user_id;
UPDATE coin_balances
SET slice_start = s.slice_start, slice_earned = s.earned, slice_spent = s.spent
FROM (SELECT user_id, max(slice_start) AS slice_start, earned, spent FROM coin_leaderboard GROUP BY user_id) AS s
WHERE s.user_id = coin_balances.user_id;

DELETE FROM daily_limits WHERE (user_id, day) IN (SELECT user_id, usage_day FROM coin_balances);
DELETE FROM coin_leaderboard WHERE (user_id, slice_start) IN (SELECT user_id, slice_start FROM coin_balances);

-- Whoever writes an account gives it the day and the slice that are written, whichever stands there. Of two days the later one stays
-- with the account and the earlier one goes into its table, also where a clock went back or an entry is dated earlier.
CREATE TRIGGER coin_balances_move_on AFTER UPDATE OF usage_day, slice_start ON coin_balances
WHEN NEW.usage_day <> OLD.usage_day OR NEW.slice_start <> OLD.slice_start
BEGIN
    INSERT INTO daily_limits (user_id, day, earned, spent, messages)
    SELECT OLD.user_id, OLD.usage_day, OLD.day_earned, OLD.day_spent, OLD.day_messages WHERE NEW.usage_day > OLD.usage_day
    ON CONFLICT (day, user_id) DO UPDATE SET earned = excluded.earned, spent = excluded.spent, messages = excluded.messages;
    INSERT INTO daily_limits (user_id, day, earned, spent, messages)
    SELECT NEW.user_id, NEW.usage_day, NEW.day_earned, NEW.day_spent, NEW.day_messages WHERE NEW.usage_day < OLD.usage_day
    ON CONFLICT (day, user_id) DO UPDATE SET earned = excluded.earned, spent = excluded.spent, messages = excluded.messages;
    UPDATE coin_balances
    SET usage_day = OLD.usage_day, day_earned = OLD.day_earned, day_spent = OLD.day_spent, day_messages = OLD.day_messages
    WHERE user_id = NEW.user_id AND NEW.usage_day < OLD.usage_day;

    INSERT INTO coin_leaderboard (slice_start, user_id, earned, spent)
    SELECT OLD.slice_start, OLD.user_id, OLD.slice_earned, OLD.slice_spent WHERE NEW.slice_start > OLD.slice_start
    ON CONFLICT (slice_start, user_id) DO UPDATE SET earned = earned + excluded.earned, spent = spent + excluded.spent;
    INSERT INTO coin_leaderboard (slice_start, user_id, earned, spent)
    SELECT NEW.slice_start, NEW.user_id, NEW.slice_earned, NEW.slice_spent WHERE NEW.slice_start < OLD.slice_start
    ON CONFLICT (slice_start, user_id) DO UPDATE SET earned = earned + excluded.earned, spent = spent + excluded.spent;
    UPDATE coin_balances
    SET slice_start = OLD.slice_start, slice_earned = OLD.slice_earned, slice_spent = OLD.slice_spent
    WHERE user_id = NEW.user_id AND NEW.slice_start < OLD.slice_start;
END;
