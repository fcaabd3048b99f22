-- Version 1 of the tables. What stands here is never changed: a later version is a step from it.
-- In a schema of their own, so that a shop may keep its tables in the same database.
CREATE SCHEMA IF NOT EXISTS epay;

-- Which version the tables have, and the oldest version whose programs may still write them.
CREATE TABLE IF NOT EXISTS epay.tables (
    id       bigint NOT NULL PRIMARY KEY CHECK (id = 1),
    version  bigint NOT NULL,
    readable bigint NOT NULL
);

-- An invoice number has one collation wherever it stands, or no index finds it.
CREATE TABLE IF NOT EXISTS epay.attempts (
    invoice          text COLLATE "C" NOT NULL PRIMARY KEY,
    order_name       text   NOT NULL,
    terminal         text   NOT NULL,
    ordered          text   NOT NULL, -- minor units as decimal text: bigint has no room for all
    currency         text   NOT NULL,
    exponent         bigint NOT NULL,
    opened           bigint NOT NULL, -- Unix milliseconds, like all times here
    previous         text COLLATE "C", -- the order's attempt before this one
    tag              text,            -- what tells its operation from all others, in hexadecimal
    opening_checksum bigint NOT NULL, -- CRC-32 of the columns above, which never change
    version          bigint NOT NULL, -- one more with each append and each claim
    events           bigint NOT NULL, -- how many there are
    check_class      bigint NOT NULL, -- whose checks come first: 0 unknown money, 1 settled
    next_check_at    bigint,          -- when the bank is to be asked; NULL for never
    next_notify_at   bigint,          -- when the shop is to be notified; NULL for never
    last_check_at    bigint,          -- when the bank was asked last
    leased_until     bigint,          -- until when one caller has it
    status           text,            -- what its events fold to, for lists alone
    open_since       bigint,          -- since when it waits for the bank or the payer, for lists alone
    write_id         bigint NOT NULL  -- which write was the last
);

-- A claim changes neither, so it writes no index.
CREATE INDEX IF NOT EXISTS attempts_next_check
    ON epay.attempts (terminal, check_class, next_check_at, invoice);
CREATE INDEX IF NOT EXISTS attempts_next_notify
    ON epay.attempts (terminal, next_notify_at, invoice);

CREATE INDEX IF NOT EXISTS attempts_opened ON epay.attempts (opened, invoice);
CREATE INDEX IF NOT EXISTS attempts_status
    ON epay.attempts (status, opened, invoice, open_since);

-- The order's present attempt, and the one that it came after.
CREATE TABLE IF NOT EXISTS epay.orders (
    name     text NOT NULL PRIMARY KEY,
    invoice  text COLLATE "C" NOT NULL,
    previous text COLLATE "C"
);

CREATE TABLE IF NOT EXISTS epay.events (
    invoice  text COLLATE "C" NOT NULL,
    version  bigint NOT NULL, -- the version that its append has made
    place    bigint NOT NULL, -- within the append, from 0
    record   text   NOT NULL,
    checksum bigint NOT NULL, -- CRC-32 of the columns above
    write_id bigint NOT NULL, -- which write it was
    PRIMARY KEY (invoice, version, place)
);

-- Which attempt has what can be paid with once.
CREATE TABLE IF NOT EXISTS epay.replays (
    key     bytea NOT NULL PRIMARY KEY,
    invoice text COLLATE "C" NOT NULL
);

-- The next block of invoice numbers begins at `next`; there are none beyond `last`.
CREATE TABLE IF NOT EXISTS epay.numbers (
    id    bigint NOT NULL PRIMARY KEY CHECK (id = 1),
    taken bigint NOT NULL, -- where the last block began
    next  bigint NOT NULL,
    last  bigint NOT NULL
);
