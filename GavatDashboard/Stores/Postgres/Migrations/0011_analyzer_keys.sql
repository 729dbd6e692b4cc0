-- What makes the analysis of everybody grow with the number of users and no faster.

-- Keys are compared as bytes like those of the users, so that one index serves where both are joined.
ALTER TABLE coin_transactions ALTER COLUMN related_user_id TYPE text COLLATE "C";
ALTER TABLE erko_profiles ALTER COLUMN user_id TYPE text COLLATE "C";
ALTER TABLE erko_flags ALTER COLUMN user_id TYPE text COLLATE "C";
ALTER TABLE erko_changes ALTER COLUMN user_id TYPE text COLLATE "C";
ALTER TABLE erko_dismissals ALTER COLUMN user_id TYPE text COLLATE "C";
ALTER TABLE erko_alerts ALTER COLUMN user_id TYPE text COLLATE "C";
ALTER TABLE erko_devices ALTER COLUMN device TYPE text COLLATE "C", ALTER COLUMN user_id TYPE text COLLATE "C";

-- Members of a segment by id, and the count by segment and risk, without reading the profiles themselves.
DROP INDEX erko_profiles_by_segment;
CREATE INDEX erko_profiles_by_segment ON erko_profiles (segment, user_id, risk_level);
