-- What makes the analysis of everybody grow with the number of users and no faster. Keys are compared as bytes here anyway.

-- Members of a segment by id, and the count by segment and risk, without reading the profiles themselves.
DROP INDEX erko_profiles_by_segment;
CREATE INDEX erko_profiles_by_segment ON erko_profiles (segment, user_id, risk_level);
