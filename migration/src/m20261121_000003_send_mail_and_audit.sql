-- Mails that wait to be sent: about what, and to which address. Never a secret, which is made when the mail is sent; nor
-- whether anybody has the address, so that asking for a mail costs the same for every address.
CREATE TABLE mail (
    id $uuid PRIMARY KEY,
    kind text NOT NULL,
    email $name NOT NULL,
    attempts integer NOT NULL,
    next_attempt_at $instant NOT NULL,
    created_at $instant NOT NULL,
    CONSTRAINT mail_kind_check CHECK (kind IN ('EMAIL_VERIFICATION', 'PASSWORD_RESET')),
    CONSTRAINT mail_attempts_check CHECK (attempts >= 0)
);
CREATE INDEX mail_next_attempt_at_idx ON mail (next_attempt_at, id);
CREATE INDEX mail_email_idx ON mail (email, kind);

-- What whoever reads a mail can prove it by. Good for the address it was sent to, as long as the account has that one.
CREATE TABLE mail_token (
    hash text PRIMARY KEY,
    user_id $uuid NOT NULL REFERENCES "user" (id),
    kind text NOT NULL,
    email $name NOT NULL,
    created_at $instant NOT NULL,
    expires_at $instant NOT NULL,
    CONSTRAINT mail_token_kind_check CHECK (kind IN ('EMAIL_VERIFICATION', 'PASSWORD_RESET'))
);
CREATE INDEX mail_token_user_id_idx ON mail_token (user_id, kind, expires_at);
CREATE INDEX mail_token_expires_at_idx ON mail_token (expires_at);

-- Who did what, in a program or to an account, written in the transaction that did it. An entry outlives what it names.
CREATE TABLE audit_event (
    id $uuid PRIMARY KEY,
    program_id $uuid,
    account_id $uuid,
    actor_id $uuid,
    api_token_id $uuid,
    api_token_name text,
    action text NOT NULL,
    subject_type text NOT NULL,
    subject_id $uuid NOT NULL,
    detail $json NOT NULL,
    request_id text,
    ip_address text,
    occurred_at $instant NOT NULL,
    CONSTRAINT audit_event_place_check CHECK ((program_id IS NULL) <> (account_id IS NULL))
);
CREATE INDEX audit_event_program_id_occurred_at_idx ON audit_event (program_id, occurred_at, id);
CREATE INDEX audit_event_account_id_occurred_at_idx ON audit_event (account_id, occurred_at, id);

-- No entry is changed or removed.
--sqlite:CREATE TRIGGER audit_event_is_kept_as_it_is BEFORE UPDATE ON audit_event BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END;
--sqlite:CREATE TRIGGER audit_event_is_kept BEFORE DELETE ON audit_event BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END;
--postgres:CREATE FUNCTION refuse_to_change_the_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'audit_event is append-only'; END $$;
--postgres:CREATE TRIGGER audit_event_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_audit_log();
--postgres:ALTER TABLE audit_event ENABLE ALWAYS TRIGGER audit_event_is_kept;
