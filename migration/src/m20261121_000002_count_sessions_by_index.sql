-- What a rule asks of a session, its program, stands in the index by which sessions are listed and counted.
DROP INDEX athlete_training_session_athlete_id_day_idx;
CREATE INDEX athlete_training_session_athlete_id_day_idx ON athlete_training_session (athlete_id, day, id, program_id);
DROP INDEX athlete_training_session_team_season_id_day_idx;
CREATE INDEX athlete_training_session_team_season_id_day_idx ON athlete_training_session (team_season_id, day, id, program_id, athlete_id);
