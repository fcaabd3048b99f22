-- Version 1 of the tables. What stands here is never changed: a later version is a step from it.
CREATE TABLE attempts (
    invoice          TEXT NOT NULL PRIMARY KEY,
    order_name       TEXT NOT NULL,
    terminal         TEXT NOT NULL,
    ordered          TEXT NOT NULL,    -- minor units as decimal text: INTEGER has no room for all
    currency         TEXT NOT NULL,
    exponent         INTEGER NOT NULL,
    opened           INTEGER NOT NULL, -- Unix milliseconds, like all times here
    previous         TEXT,             -- the order's attempt before this one
    tag              TEXT,             -- what tells its operation from all others, in hexadecimal
    opening_checksum INTEGER NOT NULL, -- CRC-32 of the columns above, which never change
    version          INTEGER NOT NULL, -- one more with each append and each claim
    events           INTEGER NOT NULL, -- how many there are
    next_check_at    INTEGER,          -- when the bank is to be asked; NULL for never
    check_class      INTEGER NOT NULL, -- whose checks come first: 0 unknown money, 1 settled
    next_notify_at   INTEGER,          -- when the shop is to be notified; NULL for never
    last_check_at    INTEGER,          -- when the bank was asked last
    leased_until     INTEGER           -- until when one caller has it
) STRICT, WITHOUT ROWID;

-- With all that a claim asks for, so that a damaged row of the table holds up no other.
CREATE INDEX attempts_next_check
    ON attempts (terminal, check_class, next_check_at, invoice, leased_until)
    WHERE next_check_at IS NOT NULL;
CREATE INDEX attempts_next_notify
    ON attempts (terminal, next_notify_at, invoice, leased_until)
    WHERE next_notify_at IS NOT NULL;

-- The order's present attempt.
CREATE TABLE orders (
    name    TEXT NOT NULL PRIMARY KEY,
    invoice TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    invoice  TEXT NOT NULL,
    version  INTEGER NOT NULL, -- the version that its append has made
    place    INTEGER NOT NULL, -- within the append, from 0
    record   TEXT NOT NULL,
    checksum INTEGER NOT NULL, -- CRC-32 of the columns above
    PRIMARY KEY (invoice, version, place)
) STRICT, WITHOUT ROWID;

-- A record changes in one way only, when something in it is erased. It then says so, and stays
-- where it is.
CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
    WHEN NEW.invoice IS NOT OLD.invoice
        OR NEW.version IS NOT OLD.version
        OR NEW.place IS NOT OLD.place
        OR instr(NEW.record, '"erased":true') = 0
    BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;

-- Which attempt has what can be paid with once.
CREATE TABLE replays (
    key     BLOB NOT NULL PRIMARY KEY,
    invoice TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE numbers (
    id   INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    next TEXT,         -- NULL when the range has run out
    last TEXT NOT NULL
) STRICT;
