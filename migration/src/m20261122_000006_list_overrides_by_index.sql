-- A practice of a hundred athletes has a handful of overrides, which the coach wants to see first.
CREATE INDEX practice_assignment_practice_session_id_override_idx ON practice_assignment (practice_session_id, sort_name, id) WHERE withdrawn_at IS NULL AND kind <> 'GROUP';
CREATE INDEX practice_assignment_practice_session_workout_id_override_idx ON practice_assignment (practice_session_workout_id, sort_name, id) WHERE withdrawn_at IS NULL AND kind <> 'GROUP';
