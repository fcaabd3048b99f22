//! Every statement, in one place, beside the list of what it may use.
//!
//! The tables and the statements keep to what the engines that speak PostgreSQL's protocol have in
//! common: keys are made here and not by a sequence; plain unique keys and no partial ones; no
//! trigger, no foreign key, no procedure, no `LISTEN`; at most one change of each table in one
//! statement; every write is one statement that finds the version it writes onto, or it is
//! `SHARE`-locked by the same statement. `SKIP LOCKED` only saves waiting. Where the locks of two
//! statements cross, or a stricter isolation than `READ COMMITTED` refuses one of them, it is
//! repeated whole. Only PostgreSQL itself was run.
//!
//! No statement is prepared under a name, and none needs anything of the session it runs in but the
//! transaction of its own: a pooler may give each another connection.

use epay_domain::{ListFilter, PaymentStatus, Queue};

/// The tables of version 1.
pub(super) const VERSION_1: &str = include_str!("schema_1.sql");

/// Holds off who else makes or changes the tables, until the transaction ends.
pub(super) const LOCK_TABLES: &str = "SELECT pg_advisory_xact_lock(7309469241)";

pub(super) const ARE_THERE: &str = "SELECT to_regclass('epay.tables') IS NOT NULL";

pub(super) const VERSION: &str = "SELECT version, readable FROM epay.tables WHERE id = 1";

pub(super) const SET_VERSION: &str = "INSERT INTO epay.tables (id, version, readable) \
     VALUES (1, $1, $2) ON CONFLICT (id) DO UPDATE SET version = $1, readable = $2";

/// An attempt and its history: columns of `a` and of `e`, as [`super::rows`] reads them.
macro_rules! row {
    ($from:literal) => {
        concat!(
            "SELECT a.invoice, a.order_name, a.terminal, a.ordered, a.currency, a.exponent, \
             a.opened, a.previous, a.tag, a.opening_checksum, a.version, a.events, a.check_class, \
             a.next_check_at, a.next_notify_at, a.last_check_at, a.leased_until, \
             e.versions, e.places, e.records, e.checksums, ",
            $from,
            " LEFT JOIN LATERAL (SELECT \
             array_agg(version ORDER BY version, place) AS versions, \
             array_agg(place ORDER BY version, place) AS places, \
             array_agg(record ORDER BY version, place) AS records, \
             array_agg(checksum ORDER BY version, place) AS checksums \
             FROM epay.events WHERE invoice = a.invoice) e ON true"
        )
    };
}

/// Attempts by their invoice numbers.
pub(super) const LOAD: &str =
    concat!(row!("NULL::text FROM epay.attempts a"), " WHERE a.invoice = ANY($1)");

/// An order's present attempt, and who has a replay key: one row, at one moment.
pub(super) const CURRENT: &str = row!(
    "(SELECT invoice FROM epay.replays WHERE key = $2) \
     FROM (SELECT invoice FROM (VALUES (1)) one LEFT JOIN epay.orders ON name = $1) o \
     LEFT JOIN epay.attempts a ON a.invoice = o.invoice"
);

macro_rules! append {
    ($conflict:literal) => {
        concat!(
            "WITH asked AS (SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], \
             $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[], $9::bigint[]) \
             AS t(invoice, onto, count, next_check_at, check_class, next_notify_at, \
             last_check_at, status, open_since)), \
             moved AS (UPDATE epay.attempts a SET version = a.version + 1, \
             events = a.events + asked.count, next_check_at = asked.next_check_at, \
             check_class = asked.check_class, next_notify_at = asked.next_notify_at, \
             last_check_at = asked.last_check_at, leased_until = NULL, status = asked.status, \
             open_since = asked.open_since, write_id = $15 FROM asked \
             WHERE a.invoice = asked.invoice AND a.version = asked.onto RETURNING a.invoice), \
             written AS (INSERT INTO epay.events \
             (invoice, version, place, record, checksum, write_id) \
             SELECT r.invoice, r.version, r.place, r.record, r.checksum, $15 \
             FROM unnest($10::text[], $11::bigint[], $12::bigint[], $13::text[], $14::bigint[]) \
             AS r(invoice, version, place, record, checksum) \
             JOIN moved ON moved.invoice = r.invoice",
            $conflict,
            ") SELECT invoice FROM moved"
        )
    };
}
/// Appends, each onto its own version. What comes back was written.
pub(super) const APPEND: &str = append!("");

/// The same where something in the history is erased by it. A record changes in this way alone.
pub(super) const APPEND_AND_ERASE: &str = append!(
    " ON CONFLICT (invoice, version, place) DO UPDATE \
     SET record = excluded.record, checksum = excluded.checksum \
     WHERE strpos(excluded.record, '\"erased\":true') > 0"
);

/// Whether there are attempts with these numbers.
pub(super) const KNOWN: &str = "SELECT invoice FROM epay.attempts WHERE invoice = ANY($1)";

/// Which of these attempts the write with this id has written to, asked after a connection was lost.
/// It is a write itself, so it waits for that one where it is still on its way, and is not answered
/// before all that came before it is as safe as any commit.
pub(super) const WHAT_WAS_WRITTEN: &str = "WITH found AS (UPDATE epay.attempts a \
     SET write_id = a.write_id WHERE a.invoice = ANY($1) RETURNING a.invoice, a.write_id) \
     SELECT invoice FROM found f WHERE f.write_id = $2 OR EXISTS \
     (SELECT 1 FROM epay.events e WHERE e.invoice = f.invoice AND e.write_id = $2)";

macro_rules! open {
    ($free:literal) => {
        concat!(
            "WITH asked AS (SELECT * FROM unnest($1::text[], $2::text[], \
             $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::text[], \
             $9::text[], $10::bigint[], $11::text[], $12::bigint[], $13::bytea[], $14::bigint[]) \
             AS t(invoice, order_name, terminal, ordered, currency, exponent, opened, previous, \
             tag, checksum, status, open_since, key, onto)), ",
            $free,
            ", opened AS (INSERT INTO epay.attempts (invoice, order_name, terminal, ordered, \
             currency, exponent, opened, previous, tag, opening_checksum, version, events, \
             check_class, status, open_since, write_id) \
             SELECT invoice, order_name, terminal, ordered, currency, exponent, opened, previous, \
             tag, checksum, 0, 0, 0, status, open_since, $15 FROM asked JOIN free USING (invoice)), \
             keyed AS (INSERT INTO epay.replays (key, invoice) \
             SELECT key, invoice FROM asked JOIN free USING (invoice) WHERE key IS NOT NULL) \
             SELECT invoice FROM free"
        )
    };
}
/// Opens orders' first attempts, each while the order has none and the replay key no owner. What
/// comes back was opened.
pub(super) const OPEN_FIRST: &str = open!(
    "free AS (INSERT INTO epay.orders (name, invoice) SELECT order_name, invoice FROM asked \
     WHERE (SELECT invoice FROM epay.replays r WHERE r.key = asked.key) IS NULL \
     ON CONFLICT (name) DO NOTHING RETURNING invoice)"
);

/// Opens orders' next attempts, each while the present one is that which was found dead, in the
/// version that was judged.
pub(super) const OPEN_NEXT: &str = open!(
    "dead AS (SELECT a.invoice FROM epay.attempts a JOIN asked \
     ON a.invoice = asked.previous AND a.version = asked.onto FOR SHARE OF a), \
     free AS (UPDATE epay.orders o SET invoice = asked.invoice, previous = asked.previous \
     FROM asked JOIN dead ON dead.invoice = asked.previous \
     WHERE o.name = asked.order_name AND o.invoice = asked.previous RETURNING o.invoice)"
);

/// Gives a replay key to an attempt in this version.
pub(super) const GIVE_KEY: &str = "WITH present AS (SELECT invoice FROM epay.attempts \
     WHERE invoice = $1 AND version = $2 FOR SHARE) \
     INSERT INTO epay.replays (key, invoice) SELECT $3, invoice FROM present \
     ON CONFLICT (key) DO NOTHING RETURNING invoice";

/// The server's time, or the one that is handed in instead.
const NOW: &str = "COALESCE($6, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint)";

/// Claims what is due and free, the longest overdue first: two searches of one index, each in its
/// order.
pub(super) fn claim(queue: Queue) -> String {
    let (class, due) = match queue {
        Queue::UnknownChecks => (" AND check_class = 0", "next_check_at"),
        Queue::SettledChecks => (" AND check_class = 1", "next_check_at"),
        Queue::Notifications => ("", "next_notify_at"),
    };
    let free = |it| {
        format!(
            "({it}leased_until IS NULL OR {it}leased_until <= clock.now OR {it}leased_until > clock.now + $5)"
        )
    };
    let (free, still_free) = (free(""), free("a."));
    let search = |when: &str| {
        format!(
            "SELECT invoice, {due} AS due FROM (SELECT invoice, {due} FROM epay.attempts, clock \
             WHERE terminal = $1{class} AND {due} {when} AND {free} \
             ORDER BY {due}, invoice LIMIT $3 FOR UPDATE OF attempts SKIP LOCKED) search"
        )
    };
    let (past, beyond) = (search("<= $2"), search("> $4"));
    format!(
        "WITH clock AS MATERIALIZED (SELECT {NOW} AS now), \
         past AS ({past}), beyond AS ({beyond}), \
         due AS (SELECT * FROM past UNION ALL SELECT * FROM beyond \
         ORDER BY due, invoice LIMIT $3), \
         claimed AS (UPDATE epay.attempts a SET leased_until = clock.now + $7, \
         version = a.version + 1 FROM due, clock \
         WHERE a.invoice = due.invoice AND {still_free} \
         RETURNING a.invoice, a.version, due.due) \
         SELECT invoice, version FROM claimed ORDER BY due, invoice"
    )
}

/// When the first notification of a terminal is due.
pub(super) const NOTIFICATION_DUE: &str = "SELECT next_notify_at FROM epay.attempts \
     WHERE terminal = $1 AND next_notify_at IS NOT NULL ORDER BY next_notify_at LIMIT 1";

/// When an attempt was opened.
pub(super) const OPENED: &str = "SELECT opened FROM epay.attempts WHERE invoice = $1";

/// How far attempts have come, by their numbers as text.
pub(super) const VERSIONS: &str = "SELECT invoice, version, events FROM epay.attempts \
     WHERE invoice > $1 ORDER BY invoice LIMIT $2";

/// A page of a list, as [`LOAD`] has its rows: searches of one index, each in its order.
pub(super) fn list(filter: ListFilter) -> String {
    let search = |found: String| {
        format!(
            "(SELECT invoice, opened FROM epay.attempts \
             WHERE {found}opened >= $1 AND (opened, invoice) < ($2, $3) \
             ORDER BY opened DESC, invoice DESC LIMIT $4)"
        )
    };
    let by_status = |(status, since): (PaymentStatus, Option<_>)| {
        let overdue = if since.is_some() { "open_since <= $5 AND " } else { "" };
        search(format!("status = '{}' AND {overdue}", status.name()))
    };
    let searches = match filter.searches() {
        None => vec![search(String::new())],
        Some(searches) => searches.into_iter().map(by_status).collect(),
    };
    let found = searches.join(" UNION ALL ");
    format!(
        "WITH found AS (SELECT invoice FROM ({found}) searches \
         ORDER BY opened DESC, invoice DESC LIMIT $4) {} ORDER BY a.opened DESC, a.invoice DESC",
        row!("NULL::text FROM found JOIN epay.attempts a USING (invoice)")
    )
}

/// How many a list has, and since when one of them is open, in a row for each search: by the index alone.
pub(super) fn count(filter: ListFilter) -> String {
    let search =
        |found: String| format!("SELECT count(*), min(open_since) FROM epay.attempts{found}");
    let by_status = |(status, since): (PaymentStatus, Option<_>)| {
        let overdue = if since.is_some() { " AND open_since <= $1" } else { "" };
        search(format!(" WHERE status = '{}'{overdue}", status.name()))
    };
    match filter.searches() {
        None => search(String::new()),
        Some(searches) => {
            searches.into_iter().map(by_status).collect::<Vec<_>>().join(" UNION ALL ")
        }
    }
}

/// Takes a block of at most so many invoice numbers, where there are any left.
pub(super) const TAKE_NUMBERS: &str = "UPDATE epay.numbers \
     SET taken = next, next = LEAST(next + $1, last + 1) WHERE id = 1 AND next <= last \
     RETURNING taken, next";

pub(super) const NUMBERS: &str = "SELECT next, last FROM epay.numbers WHERE id = 1";

/// Whether numbers of this length, from this one on, were given out.
pub(super) const NUMBERS_USED: &str = "SELECT EXISTS (SELECT 1 FROM epay.attempts \
     WHERE invoice >= $1 AND length(invoice) = length($1)) OR EXISTS (SELECT 1 FROM epay.numbers \
     WHERE next > $1::bigint AND length((next - 1)::text) = length($1))";

/// How far it is from these last six digits to ones that are in use.
pub(super) const NUMBERS_UNUSED: &str = "SELECT \
     min((right(invoice, 6)::bigint - $1 + 1000000) % 1000000) FROM epay.attempts";

pub(super) const SET_NUMBERS: &str = "INSERT INTO epay.numbers (id, taken, next, last) \
     VALUES (1, $1, $1, $2) ON CONFLICT (id) DO UPDATE SET taken = $1, next = $1, last = $2";

/// Ends the range that there is, or sets an empty one.
pub(super) const END_NUMBERS: &str = "INSERT INTO epay.numbers AS n (id, taken, next, last) \
     VALUES (1, 1, 1, 0) ON CONFLICT (id) DO UPDATE SET taken = n.last + 1, next = n.last + 1";

/// Attempts of which something can be erased, so that not everything is read.
const ERASABLE: &str = "strpos(record, '\"erased\":true') = 0 \
     AND (strpos(record, '\"three_ds_required\"') > 0 OR strpos(record, '\"note\"') > 0)";

pub(super) fn erasable_of() -> String {
    format!("SELECT DISTINCT invoice FROM epay.events WHERE invoice = $1 AND {ERASABLE}")
}

pub(super) fn erasable_before() -> String {
    format!(
        "SELECT DISTINCT invoice FROM epay.attempts JOIN epay.events USING (invoice) \
         WHERE opened < $1 AND {ERASABLE}"
    )
}

/// Writes records without what is erased, each while it is the one that was read.
pub(super) const ERASE: &str = "UPDATE epay.events e SET record = r.record, checksum = r.checksum \
     FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[]) \
     AS r(version, place, was, record, checksum) \
     WHERE e.invoice = $1 AND e.version = r.version AND e.place = r.place AND e.checksum = r.was";

pub(super) const COUNT: &str = "SELECT count(*) FROM epay.attempts";

/// Attempts by their numbers, each beside its order's present one, as [`LOAD`] has its rows.
pub(super) const READ_ATTEMPTS: &str = concat!(
    row!("(SELECT o.invoice FROM epay.orders o WHERE o.name = a.order_name) FROM epay.attempts a"),
    " WHERE a.invoice > $1 AND a.invoice <= $2 ORDER BY a.invoice LIMIT $3"
);

/// Writes attempts as they stand in another log, each where it is not there or has moved on since.
pub(super) const WRITE_ATTEMPTS: &str = "WITH asked AS (SELECT * FROM unnest($1::text[], \
     $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::text[], \
     $9::text[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], \
     $15::bigint[], $16::bigint[], $17::text[], $18::bigint[], $19::bigint[]) \
     AS t(invoice, order_name, terminal, ordered, currency, exponent, opened, previous, tag, \
     checksum, version, events, check_class, next_check_at, next_notify_at, last_check_at, status, \
     open_since, is_present)), \
     attempts AS (INSERT INTO epay.attempts AS a (invoice, order_name, terminal, ordered, currency, \
     exponent, opened, previous, tag, opening_checksum, version, events, check_class, \
     next_check_at, next_notify_at, last_check_at, status, open_since, write_id) \
     SELECT invoice, order_name, terminal, ordered, currency, exponent, opened, previous, tag, \
     checksum, version, events, check_class, next_check_at, next_notify_at, last_check_at, status, \
     open_since, 0 FROM asked ON CONFLICT (invoice) DO UPDATE SET version = excluded.version, \
     events = excluded.events, check_class = excluded.check_class, \
     next_check_at = excluded.next_check_at, next_notify_at = excluded.next_notify_at, \
     last_check_at = excluded.last_check_at, status = excluded.status, \
     open_since = excluded.open_since, leased_until = NULL \
     WHERE a.opening_checksum = excluded.opening_checksum AND a.version <= excluded.version), \
     orders AS (INSERT INTO epay.orders (name, invoice, previous) \
     SELECT order_name, invoice, previous FROM asked WHERE is_present = 1 \
     ON CONFLICT (name) DO UPDATE SET invoice = excluded.invoice, previous = excluded.previous) \
     INSERT INTO epay.events AS e (invoice, version, place, record, checksum, write_id) \
     SELECT r.invoice, r.version, r.place, r.record, r.checksum, 0 \
     FROM unnest($20::text[], $21::bigint[], $22::bigint[], $23::text[], $24::bigint[]) \
     AS r(invoice, version, place, record, checksum) \
     ON CONFLICT (invoice, version, place) DO UPDATE \
     SET record = excluded.record, checksum = excluded.checksum WHERE e.record <> excluded.record";

pub(super) const READ_KEYS: &str =
    "SELECT key, invoice FROM epay.replays WHERE key > $1 ORDER BY key LIMIT $2";

pub(super) const WRITE_KEYS: &str = "INSERT INTO epay.replays (key, invoice) \
     SELECT * FROM unnest($1::bytea[], $2::text[]) ON CONFLICT (key) DO NOTHING";
