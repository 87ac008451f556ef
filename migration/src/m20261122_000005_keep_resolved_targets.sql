-- What was prescribed follows from the revision and the overrides, which are kept as they were when a session is logged; so
-- a session keeps only what the athlete's numbers made of the targets, by the step.
ALTER TABLE athlete_training_session_detail RENAME COLUMN prescription TO resolved_targets;
--postgres:UPDATE athlete_training_session_detail SET resolved_targets = (SELECT coalesce(jsonb_object_agg(step #>> '{prescribed,step}', step -> 'resolved'), '{}') FROM jsonb_array_elements(resolved_targets) AS step WHERE jsonb_typeof(step -> 'resolved') = 'object') WHERE resolved_targets IS NOT NULL;
--sqlite:UPDATE athlete_training_session_detail SET resolved_targets = (SELECT json_group_object(step, json(resolved)) FROM (SELECT DISTINCT json_extract(value, '$.prescribed.step') AS step, json_extract(value, '$.resolved') AS resolved FROM json_each(resolved_targets) WHERE json_type(value, '$.resolved') = 'object')) WHERE resolved_targets IS NOT NULL;
