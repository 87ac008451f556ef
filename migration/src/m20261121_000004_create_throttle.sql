-- How much was asked for in the present minute, added up over all servers. What a crash loses comes back in a minute.
--postgres:CREATE UNLOGGED TABLE throttle (
--sqlite:CREATE TABLE throttle (
    subject text NOT NULL PRIMARY KEY,
    began_at $instant NOT NULL,
    used bigint NOT NULL CONSTRAINT throttle_used_check CHECK (used >= 0)
);
CREATE INDEX throttle_began_at_idx ON throttle (began_at);
-- Sign-ins tried in a row for addresses that nobody has: blocked as accounts are, by every server, so that a block does not
-- tell one from the other.
CREATE TABLE stranger (
    address_hash text NOT NULL PRIMARY KEY,
    failures integer NOT NULL DEFAULT 0 CONSTRAINT stranger_failures_check CHECK (failures >= 0),
    blocked_until $instant,
    tried_at $instant NOT NULL
);
CREATE INDEX stranger_tried_at_idx ON stranger (tried_at);
