-- One row for an account's balance, its counters of the newest day and its sums of the newest leaderboard slice. daily_limits and
-- coin_leaderboard hold the days and slices before those.
ALTER TABLE coin_balances
    ADD COLUMN usage_day date NULL,
    ADD COLUMN day_messages integer NOT NULL DEFAULT 0,
    ADD COLUMN day_earned bigint NOT NULL DEFAULT 0,
    ADD COLUMN day_spent bigint NOT NULL DEFAULT 0,
    ADD COLUMN slice_earned bigint NOT NULL DEFAULT 0,
    ADD COLUMN slice_spent bigint NOT NULL DEFAULT 0,
    ADD COLUMN slice_start date NULL;

WITH days AS (SELECT DISTINCT ON (user_id) user_id, day, earned, spent, messages FROM daily_limits ORDER BY user_id, day DESC),
     slices AS (SELECT DISTINCT ON (user_id) user_id, slice_start, earned, spent FROM coin_leaderboard ORDER BY user_id, slice_start DESC)
UPDATE coin_balances b
SET usage_day = d.day, day_earned = coalesce(d.earned, 0), day_spent = coalesce(d.spent, 0), day_messages = coalesce(d.messages, 0),
    slice_start = s.slice_start, slice_earned = coalesce(s.earned, 0), slice_spent = coalesce(s.spent, 0)
FROM days d FULL JOIN slices s ON s.user_id = d.user_id
WHERE b.user_id = coalesce(d.user_id, s.user_id);

DELETE FROM daily_limits l USING coin_balances b WHERE b.user_id = l.user_id AND b.usage_day = l.day;
DELETE FROM coin_leaderboard l USING coin_balances b WHERE b.user_id = l.user_id AND b.slice_start = l.slice_start;

-- Whoever writes an account gives it the day and the slice that are written, whichever stands there. Of two days the later one stays
-- with the account and the earlier one goes into its table, also where a clock went back or an entry is dated earlier.
CREATE OR REPLACE FUNCTION coin_balances_move_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.usage_day > OLD.usage_day THEN
        INSERT INTO daily_limits (user_id, day, earned, spent, messages)
        VALUES (OLD.user_id, OLD.usage_day, OLD.day_earned, OLD.day_spent, OLD.day_messages)
        ON CONFLICT (day, user_id) DO UPDATE SET earned = excluded.earned, spent = excluded.spent, messages = excluded.messages;
    ELSIF NEW.usage_day < OLD.usage_day THEN
        INSERT INTO daily_limits (user_id, day, earned, spent, messages)
        VALUES (NEW.user_id, NEW.usage_day, NEW.day_earned, NEW.day_spent, NEW.day_messages)
        ON CONFLICT (day, user_id) DO UPDATE SET earned = excluded.earned, spent = excluded.spent, messages = excluded.messages;
        NEW.usage_day := OLD.usage_day;
        NEW.day_earned := OLD.day_earned;
        NEW.day_spent := OLD.day_spent;
        NEW.day_messages := OLD.day_messages;
    END IF;

    IF NEW.slice_start > OLD.slice_start THEN
        INSERT INTO coin_leaderboard AS l (slice_start, user_id, earned, spent) VALUES (OLD.slice_start, OLD.user_id, OLD.slice_earned, OLD.slice_spent)
        ON CONFLICT (slice_start, user_id) DO UPDATE SET earned = l.earned + excluded.earned, spent = l.spent + excluded.spent;
    ELSIF NEW.slice_start < OLD.slice_start THEN
        INSERT INTO coin_leaderboard AS l (slice_start, user_id, earned, spent) VALUES (NEW.slice_start, NEW.user_id, NEW.slice_earned, NEW.slice_spent)
        ON CONFLICT (slice_start, user_id) DO UPDATE SET earned = l.earned + excluded.earned, spent = l.spent + excluded.spent;
        NEW.slice_start := OLD.slice_start;
        NEW.slice_earned := OLD.slice_earned;
        NEW.slice_spent := OLD.slice_spent;
    END IF;

    RETURN NEW;
END
$$;

CREATE TRIGGER coin_balances_move_on BEFORE UPDATE OF usage_day, slice_start ON coin_balances FOR EACH ROW
WHEN (NEW.usage_day <> OLD.usage_day OR NEW.slice_start <> OLD.slice_start)
EXECUTE FUNCTION coin_balances_move_on();
