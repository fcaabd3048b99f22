-- Version 1 of the tables. What stands here is never changed: a later version is a step from this one.
CREATE TABLE attempts (
    invoice      TEXT NOT NULL PRIMARY KEY,
    order_name   TEXT NOT NULL,
    terminal     TEXT NOT NULL,
    ordered      TEXT NOT NULL,    -- minor units as decimal text, because an INTEGER is too small for all of them
    currency     TEXT NOT NULL,
    exponent     INTEGER NOT NULL,
    opened       INTEGER NOT NULL, -- Unix milliseconds, like all times here
    version      INTEGER NOT NULL, -- how many events there are
    due          INTEGER,          -- when the payment wants to be looked at; NULL for never
    leased_until INTEGER           -- until when one caller has it
) STRICT, WITHOUT ROWID;

CREATE INDEX attempts_due ON attempts (terminal, due, invoice) WHERE due IS NOT NULL;

-- The order's present attempt.
CREATE TABLE orders (
    name    TEXT NOT NULL PRIMARY KEY,
    invoice TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    invoice TEXT NOT NULL,
    seq     INTEGER NOT NULL, -- from 1
    record  TEXT NOT NULL,
    PRIMARY KEY (invoice, seq)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;

CREATE TABLE replays (
    key     BLOB NOT NULL PRIMARY KEY,
    invoice TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE numbers (
    id   INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    next TEXT,         -- NULL when the range has run out
    last TEXT NOT NULL
) STRICT;
