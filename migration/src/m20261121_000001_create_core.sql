-- Portable: the words $uuid $instant $day $clock $json $real $name become each database's own type (see lib.rs).
-- A line that begins with `--postgres:` or `--sqlite:` belongs to that database alone.

CREATE TABLE "user" (
    id $uuid PRIMARY KEY,
    email $name NOT NULL,
    name text NOT NULL,
    password_hash text,
    timezone text NOT NULL,
    unit_system text NOT NULL,
    email_verified_at $instant,
    last_signed_in_at $instant,
    deactivated_at $instant,
    failed_sign_ins integer NOT NULL DEFAULT 0,
    blocked_until $instant,
    version integer NOT NULL DEFAULT 1,
    created_at $instant NOT NULL,
    updated_at $instant NOT NULL,
    CONSTRAINT user_email_key UNIQUE (email),
    CONSTRAINT user_unit_system_check CHECK (unit_system IN ('METRIC', 'IMPERIAL')),
    CONSTRAINT user_email_check CHECK (length(email) BETWEEN 3 AND 320),
    CONSTRAINT user_name_check CHECK (length(name) BETWEEN 1 AND 200)
);

CREATE TABLE auth_session (
    id $uuid PRIMARY KEY,
    user_id $uuid NOT NULL REFERENCES "user" (id),
    user_agent text,
    ip_address text,
    created_at $instant NOT NULL,
    last_used_at $instant NOT NULL,
    expires_at $instant NOT NULL,
    revoked_at $instant
);
CREATE INDEX auth_session_user_id_idx ON auth_session (user_id, created_at, id);

CREATE TABLE auth_token (
    hash text PRIMARY KEY,
    auth_session_id $uuid NOT NULL REFERENCES auth_session (id),
    kind text NOT NULL,
    created_at $instant NOT NULL,
    expires_at $instant NOT NULL,
    replaced_at $instant,
    successor_hash text,
    CONSTRAINT auth_token_kind_check CHECK (kind IN ('ACCESS', 'REFRESH'))
);
CREATE INDEX auth_token_auth_session_id_idx ON auth_token (auth_session_id);

CREATE TABLE program (
    id $uuid PRIMARY KEY,
    name text NOT NULL,
    sort_name $name NOT NULL,
    slug $name NOT NULL,
    kind text NOT NULL,
    timezone text NOT NULL,
    logo_url text,
    health_access text NOT NULL,
    missed_after_hours integer NOT NULL DEFAULT 24,
    external_id text,
    archived_at $instant,
    version integer NOT NULL DEFAULT 1,
    created_at $instant NOT NULL,
    updated_at $instant NOT NULL,
    CONSTRAINT program_slug_key UNIQUE (slug),
    CONSTRAINT program_kind_check CHECK (kind IN ('HIGH_SCHOOL', 'COLLEGE', 'CLUB', 'PRIVATE_COACHING', 'GYM', 'OTHER', 'PERSONAL')),
    CONSTRAINT program_health_access_check CHECK (health_access IN ('MEDICAL_STAFF_ONLY', 'HEAD_COACHES', 'ALL_STAFF')),
    CONSTRAINT program_missed_after_hours_check CHECK (missed_after_hours BETWEEN 0 AND 336),
    CONSTRAINT program_name_check CHECK (length(name) BETWEEN 1 AND 200)
);
CREATE INDEX program_sort_name_idx ON program (sort_name, id);

CREATE TABLE api_token (
    id $uuid PRIMARY KEY,
    user_id $uuid NOT NULL REFERENCES "user" (id),
    program_id $uuid REFERENCES program (id),
    name text NOT NULL,
    prefix text NOT NULL,
    hash text NOT NULL,
    scopes $json NOT NULL,
    created_at $instant NOT NULL,
    last_used_at $instant,
    expires_at $instant,
    revoked_at $instant,
    CONSTRAINT api_token_hash_key UNIQUE (hash),
    CONSTRAINT api_token_name_check CHECK (length(name) BETWEEN 1 AND 200)
);
CREATE INDEX api_token_user_id_idx ON api_token (user_id, created_at, id);

CREATE TABLE team (
    id $uuid PRIMARY KEY,
    program_id $uuid NOT NULL REFERENCES program (id),
    name text NOT NULL,
    sort_name $name NOT NULL,
    sport text NOT NULL,
    gender text,
    level text,
    version integer NOT NULL DEFAULT 1,
    created_at $instant NOT NULL,
    updated_at $instant NOT NULL,
    CONSTRAINT team_program_id_id_key UNIQUE (program_id, id),
    CONSTRAINT team_program_id_sort_name_key UNIQUE (program_id, sort_name),
    CONSTRAINT team_sport_check CHECK (sport IN ($sports)),
    CONSTRAINT team_gender_check CHECK (gender IN ('MEN', 'WOMEN', 'MIXED')),
    CONSTRAINT team_name_check CHECK (length(name) BETWEEN 1 AND 200)
);
CREATE INDEX team_program_id_sort_name_idx ON team (program_id, sort_name, id);

CREATE TABLE team_season (
    id $uuid PRIMARY KEY,
    program_id $uuid NOT NULL REFERENCES program (id),
    team_id $uuid NOT NULL,
    name text NOT NULL,
    sort_name $name NOT NULL,
    start_date $day NOT NULL,
    end_date $day NOT NULL,
    status text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at $instant NOT NULL,
    updated_at $instant NOT NULL,
    CONSTRAINT team_season_program_id_id_key UNIQUE (program_id, id),
    CONSTRAINT team_season_team_id_sort_name_key UNIQUE (team_id, sort_name),
    CONSTRAINT team_season_status_check CHECK (status IN ('PLANNED', 'ACTIVE', 'COMPLETED', 'ARCHIVED')),
    CONSTRAINT team_season_end_date_check CHECK (end_date >= start_date),
    CONSTRAINT team_season_name_check CHECK (length(name) BETWEEN 1 AND 200),
    FOREIGN KEY (program_id, team_id) REFERENCES team (program_id, id)
);
CREATE INDEX team_season_program_id_start_date_idx ON team_season (program_id, start_date, id);
CREATE INDEX team_season_program_id_sort_name_idx ON team_season (program_id, sort_name, id);
CREATE INDEX team_season_team_id_start_date_idx ON team_season (team_id, start_date, id);
CREATE INDEX team_season_team_id_sort_name_idx ON team_season (team_id, sort_name, id);

CREATE TABLE event_group (
    id $uuid PRIMARY KEY,
    program_id $uuid NOT NULL REFERENCES program (id),
    team_season_id $uuid NOT NULL,
    name text NOT NULL,
    sort_name $name NOT NULL,
    color text,
    position integer NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at $instant NOT NULL,
    updated_at $instant NOT NULL,
    CONSTRAINT event_group_program_id_id_key UNIQUE (program_id, id),
    CONSTRAINT event_group_team_season_id_sort_name_key UNIQUE (team_season_id, sort_name),
    CONSTRAINT event_group_color_check CHECK (length(color) = 7),
    CONSTRAINT event_group_position_check CHECK (position >= 0),
    CONSTRAINT event_group_name_check CHECK (length(name) BETWEEN 1 AND 200),
    FOREIGN KEY (program_id, team_season_id) REFERENCES team_season (program_id, id)
);
CREATE INDEX event_group_team_season_id_position_idx ON event_group (team_season_id, position, id);

CREATE TABLE athlete (
    id $uuid PRIMARY KEY,
    program_id $uuid NOT NULL REFERENCES program (id),
    user_id $uuid REFERENCES "user" (id),
    first_name text NOT NULL,
    last_name text NOT NULL,
    sort_name $name NOT NULL,
    left_on $day,
    archived_at $instant,
    external_id text,
    version integer NOT NULL DEFAULT 1,
    created_at $instant NOT NULL,
    updated_at $instant NOT NULL,
    CONSTRAINT athlete_program_id_id_key UNIQUE (program_id, id),
    CONSTRAINT athlete_program_id_user_id_key UNIQUE (program_id, user_id),
    CONSTRAINT athlete_program_id_external_id_key UNIQUE (program_id, external_id),
    CONSTRAINT athlete_first_name_check CHECK (length(first_name) BETWEEN 1 AND 100),
    CONSTRAINT athlete_last_name_check CHECK (length(last_name) BETWEEN 1 AND 100)
);
CREATE INDEX athlete_program_id_sort_name_idx ON athlete (program_id, sort_name, id);
CREATE INDEX athlete_program_id_updated_at_idx ON athlete (program_id, updated_at, id);
CREATE INDEX athlete_user_id_idx ON athlete (user_id, sort_name, id);

CREATE TABLE program_member (
    id $uuid PRIMARY KEY,
    program_id $uuid NOT NULL REFERENCES program (id),
    user_id $uuid NOT NULL REFERENCES "user" (id),
    athlete_id $uuid,
    role text NOT NULL,
    display_name text NOT NULL,
    sort_name $name NOT NULL,
    title text,
    joined_at $instant NOT NULL,
    deactivated_at $instant,
    version integer NOT NULL DEFAULT 1,
    created_at $instant NOT NULL,
    updated_at $instant NOT NULL,
    CONSTRAINT program_member_program_id_id_key UNIQUE (program_id, id),
    CONSTRAINT program_member_program_id_user_id_key UNIQUE (program_id, user_id),
    CONSTRAINT program_member_role_check CHECK (role IN ('OWNER', 'HEAD_COACH', 'ASSISTANT_COACH', 'ATHLETIC_TRAINER', 'ATHLETE')),
    FOREIGN KEY (program_id, athlete_id) REFERENCES athlete (program_id, id)
);
CREATE INDEX program_member_program_id_sort_name_idx ON program_member (program_id, sort_name, id);
CREATE INDEX program_member_user_id_idx ON program_member (user_id, joined_at, id);

CREATE TABLE program_member_team (
    id $uuid PRIMARY KEY,
    program_id $uuid NOT NULL REFERENCES program (id),
    program_member_id $uuid NOT NULL,
    team_id $uuid NOT NULL,
    CONSTRAINT program_member_team_program_member_id_team_id_key UNIQUE (program_member_id, team_id),
    FOREIGN KEY (program_id, program_member_id) REFERENCES program_member (program_id, id),
    FOREIGN KEY (program_id, team_id) REFERENCES team (program_id, id)
);
CREATE INDEX program_member_team_program_member_id_idx ON program_member_team (program_member_id, id);
CREATE INDEX program_member_team_team_id_idx ON program_member_team (team_id, id);

CREATE TABLE event_group_coach (
    id $uuid PRIMARY KEY,
    program_id $uuid NOT NULL REFERENCES program (id),
    event_group_id $uuid NOT NULL,
    program_member_id $uuid NOT NULL,
    CONSTRAINT event_group_coach_event_group_id_program_member_id_key UNIQUE (event_group_id, program_member_id),
    FOREIGN KEY (program_id, event_group_id) REFERENCES event_group (program_id, id),
    FOREIGN KEY (program_id, program_member_id) REFERENCES program_member (program_id, id)
);
CREATE INDEX event_group_coach_program_member_id_idx ON event_group_coach (program_member_id, id);
CREATE INDEX event_group_coach_event_group_id_idx ON event_group_coach (event_group_id, id);

CREATE TABLE program_invitation (
    id $uuid PRIMARY KEY,
    program_id $uuid NOT NULL REFERENCES program (id),
    email $name NOT NULL,
    role text NOT NULL,
    athlete_id $uuid,
    invited_by_id $uuid,
    token_hash text NOT NULL,
    team_ids $json NOT NULL,
    event_group_ids $json NOT NULL,
    created_at $instant NOT NULL,
    expires_at $instant NOT NULL,
    accepted_at $instant,
    revoked_at $instant,
    CONSTRAINT program_invitation_token_hash_key UNIQUE (token_hash),
    CONSTRAINT program_invitation_role_check CHECK (role IN ('OWNER', 'HEAD_COACH', 'ASSISTANT_COACH', 'ATHLETIC_TRAINER', 'ATHLETE')),
    FOREIGN KEY (program_id, athlete_id) REFERENCES athlete (program_id, id),
    FOREIGN KEY (program_id, invited_by_id) REFERENCES program_member (program_id, id)
);
CREATE INDEX program_invitation_program_id_created_at_idx ON program_invitation (program_id, created_at, id);

CREATE TABLE roster_entry (
    id $uuid PRIMARY KEY,
    program_id $uuid NOT NULL REFERENCES program (id),
    team_season_id $uuid NOT NULL,
    athlete_id $uuid NOT NULL,
    sort_name $name NOT NULL,
    status text NOT NULL,
    jersey_number text,
    class_year text,
    primary_event_group_id $uuid,
    joined_on $day,
    left_on $day,
    external_id text,
    version integer NOT NULL DEFAULT 1,
    created_at $instant NOT NULL,
    updated_at $instant NOT NULL,
    CONSTRAINT roster_entry_program_id_id_key UNIQUE (program_id, id),
    CONSTRAINT roster_entry_team_season_id_athlete_id_key UNIQUE (team_season_id, athlete_id),
    CONSTRAINT roster_entry_program_id_external_id_key UNIQUE (program_id, external_id),
    CONSTRAINT roster_entry_status_check CHECK (status IN ('ACTIVE', 'INJURED', 'REDSHIRT', 'INELIGIBLE', 'INACTIVE', 'TRANSFERRED', 'GRADUATED')),
    CONSTRAINT roster_entry_left_on_check CHECK (left_on >= joined_on),
    FOREIGN KEY (program_id, team_season_id) REFERENCES team_season (program_id, id),
    FOREIGN KEY (program_id, athlete_id) REFERENCES athlete (program_id, id),
    FOREIGN KEY (program_id, primary_event_group_id) REFERENCES event_group (program_id, id)
);
CREATE INDEX roster_entry_team_season_id_sort_name_idx ON roster_entry (team_season_id, sort_name, id);
CREATE INDEX roster_entry_athlete_id_idx ON roster_entry (athlete_id, created_at, id);
CREATE INDEX roster_entry_primary_event_group_id_idx ON roster_entry (primary_event_group_id);

-- Staff notes stand apart from the entry that teammates may see.
CREATE TABLE roster_entry_note (
    id $uuid PRIMARY KEY,
    program_id $uuid NOT NULL REFERENCES program (id),
    notes text NOT NULL,
    FOREIGN KEY (program_id, id) REFERENCES roster_entry (program_id, id)
);

CREATE TABLE event_group_member (
    id $uuid PRIMARY KEY,
    program_id $uuid NOT NULL REFERENCES program (id),
    event_group_id $uuid NOT NULL,
    roster_entry_id $uuid NOT NULL,
    athlete_id $uuid NOT NULL,
    sort_name $name NOT NULL,
    CONSTRAINT event_group_member_event_group_id_roster_entry_id_key UNIQUE (event_group_id, roster_entry_id),
    FOREIGN KEY (program_id, event_group_id) REFERENCES event_group (program_id, id),
    FOREIGN KEY (program_id, roster_entry_id) REFERENCES roster_entry (program_id, id),
    FOREIGN KEY (program_id, athlete_id) REFERENCES athlete (program_id, id)
);
CREATE INDEX event_group_member_event_group_id_sort_name_idx ON event_group_member (event_group_id, sort_name, id);
CREATE INDEX event_group_member_roster_entry_id_idx ON event_group_member (roster_entry_id, id);
CREATE INDEX event_group_member_athlete_id_idx ON event_group_member (athlete_id);

CREATE TABLE training_event (
    id $uuid PRIMARY KEY,
    program_id $uuid NOT NULL REFERENCES program (id),
    name text NOT NULL,
    sort_name $name NOT NULL,
    kind text NOT NULL,
    sport text,
    description text,
    video_url text,
    tags $json NOT NULL,
    default_length $json,
    default_target $json,
    archived_at $instant,
    version integer NOT NULL DEFAULT 1,
    created_at $instant NOT NULL,
    updated_at $instant NOT NULL,
    CONSTRAINT training_event_program_id_id_key UNIQUE (program_id, id),
    CONSTRAINT training_event_program_id_sort_name_key UNIQUE (program_id, sort_name),
    CONSTRAINT training_event_kind_check CHECK (kind IN ('RUN_SEGMENT', 'EXERCISE', 'DRILL', 'JUMP', 'THROW', 'MOBILITY', 'REST', 'OTHER')),
    CONSTRAINT training_event_sport_check CHECK (sport IN ($sports)),
    CONSTRAINT training_event_name_check CHECK (length(name) BETWEEN 1 AND 200)
);
CREATE INDEX training_event_program_id_sort_name_idx ON training_event (program_id, sort_name, id);
CREATE INDEX training_event_program_id_updated_at_idx ON training_event (program_id, updated_at, id);

CREATE TABLE benchmark (
    id $uuid PRIMARY KEY,
    program_id $uuid NOT NULL REFERENCES program (id),
    athlete_id $uuid NOT NULL,
    kind text NOT NULL,
    lift text,
    training_event_id $uuid,
    sport text,
    race_distance_meters $real,
    value $real NOT NULL,
    effective_from $day NOT NULL,
    source text NOT NULL,
    recorded_by_id $uuid REFERENCES "user" (id),
    created_at $instant NOT NULL,
    updated_at $instant NOT NULL,
    CONSTRAINT benchmark_kind_check CHECK (kind IN ('ONE_REP_MAX', 'TRAINING_MAX', 'THRESHOLD_PACE', 'THRESHOLD_POWER', 'THRESHOLD_HEART_RATE', 'MAX_HEART_RATE', 'RESTING_HEART_RATE', 'RACE_TIME', 'BODY_WEIGHT')),
    CONSTRAINT benchmark_lift_check CHECK (lift IN ('BENCH_PRESS', 'DEADLIFT', 'SQUAT')),
    CONSTRAINT benchmark_sport_check CHECK (sport IN ($sports)),
    CONSTRAINT benchmark_source_check CHECK (source IN ('TESTED', 'RACE', 'ESTIMATED', 'COACH', 'IMPORTED')),
    CONSTRAINT benchmark_value_check CHECK (value > 0),
    FOREIGN KEY (program_id, athlete_id) REFERENCES athlete (program_id, id),
    FOREIGN KEY (program_id, training_event_id) REFERENCES training_event (program_id, id)
);
CREATE INDEX benchmark_athlete_id_effective_from_idx ON benchmark (athlete_id, effective_from, id);

CREATE TABLE workout (
    id $uuid PRIMARY KEY,
    program_id $uuid NOT NULL REFERENCES program (id),
    title text NOT NULL,
    sort_name $name NOT NULL,
    category text NOT NULL,
    type text NOT NULL,
    sport text NOT NULL,
    difficulty text,
    tags $json NOT NULL,
    author_id $uuid,
    workout_revision_id $uuid NOT NULL,
    archived_at $instant,
    version integer NOT NULL DEFAULT 1,
    created_at $instant NOT NULL,
    updated_at $instant NOT NULL,
    CONSTRAINT workout_program_id_id_key UNIQUE (program_id, id),
    CONSTRAINT workout_category_check CHECK (category IN ('RUN', 'GYM', 'CROSS_TRAINING', 'OTHER')),
    CONSTRAINT workout_type_check CHECK (type IN ($workout_types)),
    CONSTRAINT workout_sport_check CHECK (sport IN ($sports)),
    CONSTRAINT workout_difficulty_check CHECK (difficulty IN ('BEGINNER', 'INTERMEDIATE', 'ADVANCED', 'ELITE')),
    CONSTRAINT workout_title_check CHECK (length(title) BETWEEN 1 AND 200),
--sqlite:    FOREIGN KEY (program_id, workout_revision_id) REFERENCES workout_revision (program_id, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (program_id, author_id) REFERENCES program_member (program_id, id)
);
CREATE INDEX workout_program_id_sort_name_idx ON workout (program_id, sort_name, id);
CREATE INDEX workout_program_id_updated_at_idx ON workout (program_id, updated_at, id);
CREATE INDEX workout_workout_revision_id_idx ON workout (workout_revision_id);

-- What the athlete reads of a workout, and what only staff reads of it.
CREATE TABLE workout_description (
    id $uuid PRIMARY KEY,
    program_id $uuid NOT NULL REFERENCES program (id),
    description text NOT NULL,
    FOREIGN KEY (program_id, id) REFERENCES workout (program_id, id)
);
CREATE TABLE workout_note (
    id $uuid PRIMARY KEY,
    program_id $uuid NOT NULL REFERENCES program (id),
    coach_notes text NOT NULL,
    FOREIGN KEY (program_id, id) REFERENCES workout (program_id, id)
);

CREATE TABLE workout_revision (
    id $uuid PRIMARY KEY,
    program_id $uuid NOT NULL REFERENCES program (id),
    workout_id $uuid NOT NULL,
    version integer NOT NULL,
    title text NOT NULL,
    estimated_duration_seconds integer,
    estimated_distance_meters integer,
    is_nominal boolean NOT NULL,
    created_at $instant NOT NULL,
    CONSTRAINT workout_revision_program_id_id_key UNIQUE (program_id, id),
    CONSTRAINT workout_revision_workout_id_version_key UNIQUE (workout_id, version),
    FOREIGN KEY (program_id, workout_id) REFERENCES workout (program_id, id)
);
CREATE INDEX workout_revision_workout_id_version_idx ON workout_revision (workout_id, version, id);
--postgres:ALTER TABLE workout ADD CONSTRAINT workout_program_id_workout_revision_id_fkey FOREIGN KEY (program_id, workout_revision_id) REFERENCES workout_revision (program_id, id) DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE workout_element (
    id $uuid PRIMARY KEY,
    program_id $uuid NOT NULL REFERENCES program (id),
    workout_revision_id $uuid NOT NULL,
    parent_id $uuid,
    position integer NOT NULL,
    count integer,
    rest_between_seconds integer,
    kind text,
    name text,
    training_event_id $uuid,
    length $json,
    target $json,
    notes text,
    CONSTRAINT workout_element_program_id_id_key UNIQUE (program_id, id),
    CONSTRAINT workout_element_kind_check CHECK (kind IN ('WARMUP', 'WORK', 'RECOVERY', 'REST', 'COOLDOWN', 'STRENGTH', 'DRILL', 'OTHER')),
    CONSTRAINT workout_element_count_check CHECK (count BETWEEN 1 AND 100),
    CONSTRAINT workout_element_rest_between_seconds_check CHECK (rest_between_seconds BETWEEN 0 AND 604800),
    CONSTRAINT workout_element_step_or_repeat_check CHECK ((count IS NULL AND kind IS NOT NULL AND length IS NOT NULL) OR (count IS NOT NULL AND kind IS NULL AND length IS NULL AND target IS NULL)),
    FOREIGN KEY (program_id, workout_revision_id) REFERENCES workout_revision (program_id, id),
    FOREIGN KEY (program_id, parent_id) REFERENCES workout_element (program_id, id),
    FOREIGN KEY (program_id, training_event_id) REFERENCES training_event (program_id, id)
);
CREATE INDEX workout_element_workout_revision_id_idx ON workout_element (workout_revision_id, position, id);
CREATE INDEX workout_element_parent_id_idx ON workout_element (parent_id);
CREATE INDEX workout_element_training_event_id_idx ON workout_element (training_event_id);

CREATE TABLE practice_session (
    id $uuid PRIMARY KEY,
    program_id $uuid NOT NULL REFERENCES program (id),
    team_season_id $uuid NOT NULL,
    kind text NOT NULL,
    title text NOT NULL,
    starts_at $instant NOT NULL,
    ends_at $instant NOT NULL,
    timezone text NOT NULL,
    day $day NOT NULL,
    location text,
    athlete_notes text,
    published_at $instant,
    cancelled_at $instant,
    cancellation_reason text,
    makeup_for_id $uuid,
    version integer NOT NULL DEFAULT 1,
    created_at $instant NOT NULL,
    updated_at $instant NOT NULL,
    CONSTRAINT practice_session_program_id_id_key UNIQUE (program_id, id),
    CONSTRAINT practice_session_kind_check CHECK (kind IN ('PRACTICE', 'LIFT', 'ON_YOUR_OWN', 'TIME_TRIAL', 'COMPETITION', 'TRAVEL', 'MEETING', 'REST')),
    CONSTRAINT practice_session_ends_at_check CHECK (ends_at > starts_at),
    CONSTRAINT practice_session_title_check CHECK (length(title) BETWEEN 1 AND 200),
    FOREIGN KEY (program_id, team_season_id) REFERENCES team_season (program_id, id),
    FOREIGN KEY (program_id, makeup_for_id) REFERENCES practice_session (program_id, id)
);
CREATE INDEX practice_session_team_season_id_starts_at_idx ON practice_session (team_season_id, starts_at, id);
CREATE INDEX practice_session_team_season_id_updated_at_idx ON practice_session (team_season_id, updated_at, id);
CREATE INDEX practice_session_program_id_starts_at_idx ON practice_session (program_id, starts_at, id);
CREATE INDEX practice_session_program_id_updated_at_idx ON practice_session (program_id, updated_at, id);
CREATE INDEX practice_session_makeup_for_id_idx ON practice_session (makeup_for_id, starts_at, id);

CREATE TABLE practice_session_note (
    id $uuid PRIMARY KEY,
    program_id $uuid NOT NULL REFERENCES program (id),
    coach_notes text NOT NULL,
    FOREIGN KEY (program_id, id) REFERENCES practice_session (program_id, id)
);

CREATE TABLE practice_session_workout (
    id $uuid PRIMARY KEY,
    program_id $uuid NOT NULL REFERENCES program (id),
    practice_session_id $uuid NOT NULL,
    workout_id $uuid NOT NULL,
    workout_revision_id $uuid NOT NULL,
    position integer NOT NULL,
    start_offset_minutes integer,
    notes text,
    whole_roster boolean NOT NULL,
    step_overrides $json NOT NULL,
    assigned_by_id $uuid,
    published_at $instant,
    version integer NOT NULL DEFAULT 1,
    created_at $instant NOT NULL,
    updated_at $instant NOT NULL,
    CONSTRAINT practice_session_workout_program_id_id_key UNIQUE (program_id, id),
    CONSTRAINT practice_session_workout_position_check CHECK (position >= 0),
    CONSTRAINT practice_session_workout_start_offset_minutes_check CHECK (start_offset_minutes BETWEEN 0 AND 1440),
    FOREIGN KEY (program_id, practice_session_id) REFERENCES practice_session (program_id, id),
    FOREIGN KEY (program_id, workout_id) REFERENCES workout (program_id, id),
    FOREIGN KEY (program_id, workout_revision_id) REFERENCES workout_revision (program_id, id),
    FOREIGN KEY (program_id, assigned_by_id) REFERENCES program_member (program_id, id)
);
CREATE INDEX practice_session_workout_practice_session_id_position_idx ON practice_session_workout (practice_session_id, position, id);
CREATE INDEX practice_session_workout_workout_id_idx ON practice_session_workout (workout_id, id);
CREATE INDEX practice_session_workout_workout_revision_id_idx ON practice_session_workout (workout_revision_id);

CREATE TABLE practice_workout_group (
    id $uuid PRIMARY KEY,
    program_id $uuid NOT NULL REFERENCES program (id),
    practice_session_workout_id $uuid NOT NULL,
    event_group_id $uuid NOT NULL,
    step_overrides $json NOT NULL,
    CONSTRAINT practice_workout_group_workout_group_key UNIQUE (practice_session_workout_id, event_group_id),
    FOREIGN KEY (program_id, practice_session_workout_id) REFERENCES practice_session_workout (program_id, id),
    FOREIGN KEY (program_id, event_group_id) REFERENCES event_group (program_id, id)
);
CREATE INDEX practice_workout_group_practice_session_workout_id_idx ON practice_workout_group (practice_session_workout_id, id);
CREATE INDEX practice_workout_group_event_group_id_idx ON practice_workout_group (event_group_id, id);

CREATE TABLE practice_workout_athlete (
    id $uuid PRIMARY KEY,
    program_id $uuid NOT NULL REFERENCES program (id),
    practice_session_workout_id $uuid NOT NULL,
    athlete_id $uuid NOT NULL,
    CONSTRAINT practice_workout_athlete_workout_athlete_key UNIQUE (practice_session_workout_id, athlete_id),
    FOREIGN KEY (program_id, practice_session_workout_id) REFERENCES practice_session_workout (program_id, id),
    FOREIGN KEY (program_id, athlete_id) REFERENCES athlete (program_id, id)
);
CREATE INDEX practice_workout_athlete_practice_session_workout_id_idx ON practice_workout_athlete (practice_session_workout_id, id);
CREATE INDEX practice_workout_athlete_athlete_id_idx ON practice_workout_athlete (athlete_id);

CREATE TABLE practice_assignment (
    id $uuid PRIMARY KEY,
    program_id $uuid NOT NULL REFERENCES program (id),
    practice_session_id $uuid NOT NULL,
    practice_session_workout_id $uuid NOT NULL,
    athlete_id $uuid NOT NULL,
    sort_name $name NOT NULL,
    kind text NOT NULL,
    event_group_ids $json NOT NULL,
    step_overrides $json NOT NULL,
    replacement_workout_id $uuid,
    replacement_revision_id $uuid,
    reason_category text,
    overridden_by_id $uuid,
    withdrawn_at $instant,
    version integer NOT NULL DEFAULT 1,
    created_at $instant NOT NULL,
    updated_at $instant NOT NULL,
    CONSTRAINT practice_assignment_program_id_id_key UNIQUE (program_id, id),
    CONSTRAINT practice_assignment_workout_athlete_key UNIQUE (practice_session_workout_id, athlete_id),
    CONSTRAINT practice_assignment_kind_check CHECK (kind IN ('GROUP', 'MODIFIED', 'REPLACED', 'EXCUSED')),
    CONSTRAINT practice_assignment_replacement_check CHECK ((kind = 'REPLACED') = (replacement_revision_id IS NOT NULL) AND (replacement_revision_id IS NULL) = (replacement_workout_id IS NULL)),
    CONSTRAINT practice_assignment_reason_category_check CHECK (reason_category IN ('INJURY', 'ILLNESS', 'ACADEMIC', 'TRAVEL', 'RETURN_TO_TRAINING', 'TAPER', 'OTHER')),
    FOREIGN KEY (program_id, practice_session_id) REFERENCES practice_session (program_id, id),
    FOREIGN KEY (program_id, practice_session_workout_id) REFERENCES practice_session_workout (program_id, id),
    FOREIGN KEY (program_id, athlete_id) REFERENCES athlete (program_id, id),
    FOREIGN KEY (program_id, replacement_workout_id) REFERENCES workout (program_id, id),
    FOREIGN KEY (program_id, replacement_revision_id) REFERENCES workout_revision (program_id, id),
    FOREIGN KEY (program_id, overridden_by_id) REFERENCES program_member (program_id, id)
);
CREATE INDEX practice_assignment_practice_session_id_sort_name_idx ON practice_assignment (practice_session_id, sort_name, id);
CREATE INDEX practice_assignment_practice_session_workout_id_sort_name_idx ON practice_assignment (practice_session_workout_id, sort_name, id);
CREATE INDEX practice_assignment_athlete_id_idx ON practice_assignment (athlete_id, created_at, id);
CREATE INDEX practice_assignment_replacement_workout_id_idx ON practice_assignment (replacement_workout_id) WHERE replacement_workout_id IS NOT NULL;
CREATE INDEX practice_assignment_replacement_revision_id_idx ON practice_assignment (replacement_revision_id) WHERE replacement_revision_id IS NOT NULL;

-- The private side of an override or excusal; read with VIEW_HEALTH.
CREATE TABLE practice_assignment_note (
    id $uuid PRIMARY KEY,
    program_id $uuid NOT NULL REFERENCES program (id),
    athlete_id $uuid NOT NULL,
    private_reason text NOT NULL,
    FOREIGN KEY (program_id, id) REFERENCES practice_assignment (program_id, id),
    FOREIGN KEY (program_id, athlete_id) REFERENCES athlete (program_id, id)
);

CREATE TABLE athlete_training_session (
    id $uuid PRIMARY KEY,
    program_id $uuid NOT NULL REFERENCES program (id),
    athlete_id $uuid NOT NULL,
    team_season_id $uuid,
    practice_session_id $uuid,
    practice_session_workout_id $uuid,
    practice_assignment_id $uuid,
    workout_revision_id $uuid,
    coach_member_id $uuid,
    source text NOT NULL,
    day $day NOT NULL,
    scheduled_date $day,
    scheduled_time $clock,
    starts_at $instant,
    timezone text NOT NULL,
    missed_at $instant,
    workout_category text NOT NULL,
    sport text NOT NULL,
    type text,
    title text NOT NULL,
    planned_distance_meters integer,
    planned_duration_seconds integer,
    planned_rpe integer,
    is_rest boolean NOT NULL DEFAULT false,
    outcome text,
    completed_at $instant,
    excused_at $instant,
    cancelled_at $instant,
    actual_distance_meters integer,
    actual_duration_seconds integer,
    actual_rpe integer,
    session_load $real,
    session_load_method text,
    recorded_by_id $uuid REFERENCES "user" (id),
    recorded_at $instant,
    external_id text,
    version integer NOT NULL DEFAULT 1,
    created_at $instant NOT NULL,
    updated_at $instant NOT NULL,
    CONSTRAINT athlete_training_session_program_id_id_key UNIQUE (program_id, id),
    CONSTRAINT athlete_training_session_workout_athlete_key UNIQUE (practice_session_workout_id, athlete_id),
    CONSTRAINT athlete_training_session_program_id_external_id_key UNIQUE (program_id, external_id),
    CONSTRAINT athlete_training_session_source_check CHECK (source IN ('COACH_ASSIGNED', 'SELF_ASSIGNED')),
    CONSTRAINT athlete_training_session_workout_category_check CHECK (workout_category IN ('RUN', 'GYM', 'CROSS_TRAINING', 'OTHER')),
    CONSTRAINT athlete_training_session_sport_check CHECK (sport IN ($sports)),
    CONSTRAINT athlete_training_session_type_check CHECK (type IN ($workout_types)),
    CONSTRAINT athlete_training_session_outcome_check CHECK (outcome IN ('COMPLETED', 'PARTIAL', 'SKIPPED')),
    CONSTRAINT athlete_training_session_completed_at_check CHECK ((outcome IS NULL) = (completed_at IS NULL)),
    CONSTRAINT athlete_training_session_planned_distance_meters_check CHECK (planned_distance_meters BETWEEN 0 AND 2000000),
    CONSTRAINT athlete_training_session_planned_duration_seconds_check CHECK (planned_duration_seconds BETWEEN 0 AND 604800),
    CONSTRAINT athlete_training_session_planned_rpe_check CHECK (planned_rpe BETWEEN 1 AND 10),
    CONSTRAINT athlete_training_session_actual_distance_meters_check CHECK (actual_distance_meters BETWEEN 0 AND 2000000),
    CONSTRAINT athlete_training_session_actual_duration_seconds_check CHECK (actual_duration_seconds BETWEEN 0 AND 604800),
    CONSTRAINT athlete_training_session_actual_rpe_check CHECK (actual_rpe BETWEEN 1 AND 10),
    CONSTRAINT athlete_training_session_session_load_check CHECK (session_load BETWEEN 0 AND 100000),
    CONSTRAINT athlete_training_session_session_load_method_check CHECK (session_load_method IN ('SESSION_RPE', 'MANUAL')),
    FOREIGN KEY (program_id, athlete_id) REFERENCES athlete (program_id, id),
    FOREIGN KEY (program_id, team_season_id) REFERENCES team_season (program_id, id),
    FOREIGN KEY (program_id, practice_session_id) REFERENCES practice_session (program_id, id),
    FOREIGN KEY (program_id, practice_session_workout_id) REFERENCES practice_session_workout (program_id, id),
    FOREIGN KEY (program_id, practice_assignment_id) REFERENCES practice_assignment (program_id, id),
    FOREIGN KEY (program_id, workout_revision_id) REFERENCES workout_revision (program_id, id),
    FOREIGN KEY (program_id, coach_member_id) REFERENCES program_member (program_id, id)
);
CREATE INDEX athlete_training_session_athlete_id_day_idx ON athlete_training_session (athlete_id, day, id);
CREATE INDEX athlete_training_session_athlete_id_updated_at_idx ON athlete_training_session (athlete_id, updated_at, id);
CREATE INDEX athlete_training_session_team_season_id_day_idx ON athlete_training_session (team_season_id, day, id);
CREATE INDEX athlete_training_session_team_season_id_updated_at_idx ON athlete_training_session (team_season_id, updated_at, id);
CREATE INDEX athlete_training_session_practice_session_id_idx ON athlete_training_session (practice_session_id, id);
CREATE INDEX athlete_training_session_practice_assignment_id_idx ON athlete_training_session (practice_assignment_id);
CREATE INDEX athlete_training_session_workout_revision_id_idx ON athlete_training_session (workout_revision_id);

-- The wide side of a session, read when it is asked for.
CREATE TABLE athlete_training_session_detail (
    id $uuid PRIMARY KEY,
    program_id $uuid NOT NULL REFERENCES program (id),
    athlete_id $uuid NOT NULL,
    planned_description text,
    step_overrides $json NOT NULL,
    prescription $json,
    actual_description text,
    coach_feedback text,
    metrics $json,
    splits $json NOT NULL,
    sets $json NOT NULL,
    FOREIGN KEY (program_id, id) REFERENCES athlete_training_session (program_id, id),
    FOREIGN KEY (program_id, athlete_id) REFERENCES athlete (program_id, id)
);

-- The event groups a session came through, as they were.
CREATE TABLE athlete_training_session_group (
    id $uuid PRIMARY KEY,
    program_id $uuid NOT NULL REFERENCES program (id),
    athlete_training_session_id $uuid NOT NULL,
    athlete_id $uuid NOT NULL,
    event_group_id $uuid NOT NULL,
    CONSTRAINT athlete_training_session_group_session_group_key UNIQUE (athlete_training_session_id, event_group_id),
    FOREIGN KEY (program_id, athlete_training_session_id) REFERENCES athlete_training_session (program_id, id),
    FOREIGN KEY (program_id, athlete_id) REFERENCES athlete (program_id, id),
    FOREIGN KEY (program_id, event_group_id) REFERENCES event_group (program_id, id)
);
CREATE INDEX athlete_training_session_group_athlete_training_session_id_idx ON athlete_training_session_group (athlete_training_session_id, id);
CREATE INDEX athlete_training_session_group_event_group_id_idx ON athlete_training_session_group (event_group_id, athlete_training_session_id);

-- The change feed's outbox: one row for each change, written in the transaction that made it.
CREATE TABLE change_event (
    id $uuid PRIMARY KEY,
    program_id $uuid,
    athlete_id $uuid,
    user_id $uuid,
    node_type text NOT NULL,
    node_id $uuid NOT NULL,
    operation text NOT NULL,
    created_at $instant NOT NULL,
    CONSTRAINT change_event_operation_check CHECK (operation IN ('CREATED', 'UPDATED', 'DELETED'))
);
CREATE INDEX change_event_program_id_idx ON change_event (program_id, id);

CREATE TABLE idempotency_record (
    user_id $uuid NOT NULL,
    mutation text NOT NULL,
    key text NOT NULL,
    input_hash text NOT NULL,
    outcome $json,
    created_at $instant NOT NULL,
    PRIMARY KEY (user_id, mutation, key)
);
