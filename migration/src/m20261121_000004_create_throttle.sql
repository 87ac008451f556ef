-- How much was asked for in the present minute, added up over all servers. What a crash loses comes back in a minute.
--postgres:CREATE UNLOGGED TABLE throttle (
--sqlite:CREATE TABLE throttle (
    subject text NOT NULL PRIMARY KEY,
    began_at $instant NOT NULL,
    used bigint NOT NULL CONSTRAINT throttle_used_check CHECK (used >= 0)
);
CREATE INDEX throttle_began_at_idx ON throttle (began_at);
