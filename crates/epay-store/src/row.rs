//! The columns of an attempt, the same in every store, and how it is read from them: whole, or not
//! at all.

use std::{
    error::Error,
    fmt::{self, Write as _},
};

use epay_domain::{
    AttemptTag, CheckClass, Count, Currency, Event, InvoiceId, ListKeys, Listed, Money, NewPayment,
    OrderId, Payment, Schedule, StoreError, StoreErrorKind, Stored, TerminalId, Timestamp, Version,
};

use crate::record::{self, RecordError};

/// An attempt as it stands in the tables. Reading the records is left to the caller's thread.
pub(crate) struct Row {
    pub(crate) opening: Opening,
    pub(crate) checksum: u32,
    pub(crate) version: i64,
    pub(crate) count: i64,
    pub(crate) class: i64,
    /// Next check, next notification, last check, leased until.
    pub(crate) times: [Option<i64>; 4],
    pub(crate) records: Vec<Written>,
}

/// The data with which an attempt was opened.
#[derive(PartialEq, Eq)]
pub(crate) struct Opening {
    pub(crate) invoice: String,
    pub(crate) order: String,
    pub(crate) terminal: String,
    pub(crate) ordered: String,
    pub(crate) currency: String,
    pub(crate) exponent: u8,
    pub(crate) opened: i64,
    pub(crate) previous: Option<String>,
    pub(crate) tag: Option<String>,
}

/// Where a record stands in the history.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) version: i64,
    pub(crate) place: i64,
}

/// A record as the tables hold it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) place: Place,
    pub(crate) record: String,
    pub(crate) checksum: u32,
}

/// The records of these events, as an append onto this version writes them.
pub(crate) fn written(
    invoice: &str,
    onto: Version,
    events: &[Event],
) -> Result<Vec<Written>, RecordError> {
    let version = i64::try_from(onto.0).unwrap_or(i64::MAX).saturating_add(1);
    let write = |(event, place)| {
        let (place, record) = (Place { version, place }, record::encode(event)?);
        Ok(Written { checksum: place.checksum(invoice, &record), place, record })
    };
    events.iter().zip(0..).map(write).collect()
}

impl Row {
    /// The fold of the records. What is not there whole is damage, never a shorter history.
    pub(crate) fn stored(&self) -> Result<Stored, Damage> {
        self.fold(&self.events()?)
    }

    /// The same with the events, for a list.
    pub(crate) fn listed(&self) -> Result<Listed, Damage> {
        let events = self.events()?;
        let opened_at = u64::try_from(self.opening.opened).map_err(damaged)?;
        let opened_at = Timestamp::from_unix_millis(opened_at);
        Ok(Listed { opened_at, stored: self.fold(&events)?, events })
    }

    fn fold(&self, events: &[Event]) -> Result<Stored, Damage> {
        let Opening {
            invoice, order, terminal, ordered, currency, exponent, previous, tag, ..
        } = &self.opening;
        if self.opening.checksum() != self.checksum {
            return Err(damaged("the opening does not fit its checksum"));
        }
        let order = OrderId::new(order).map_err(damaged)?;
        let invoice = InvoiceId::new(invoice).map_err(damaged)?;
        let terminal = TerminalId::new(terminal).map_err(damaged)?;
        let currency = Currency::new(currency, *exponent).map_err(damaged)?;
        let minor = ordered.parse().map_err(|_| damaged("a sum is digits"))?;
        let tag = tag.as_deref().map(|tag| AttemptTag::parse(tag).ok_or(damaged("a tag")));
        let opened = Payment::open(invoice, Money::new(minor, currency), terminal);
        let opened = opened.with_tag(tag.transpose()?);
        let version = Version(u64::try_from(self.version).map_err(damaged)?);
        let [next_check_at, next_notify_at, last_check_at, leased_until] =
            self.times.map(|at| at.map(timestamp).transpose());
        let schedule = Schedule {
            next_check_at: next_check_at?,
            check_class: match self.class {
                UNKNOWN => CheckClass::Unknown,
                SETTLED => CheckClass::Settled,
                _ => return Err(damaged("there is no such class of checks")),
            },
            next_notify_at: next_notify_at?,
            last_check_at: last_check_at?,
        };
        let payment = events.iter().fold(opened, Payment::apply);
        let previous = previous.as_deref().map(InvoiceId::new).transpose().map_err(damaged)?;
        Ok(Stored { order, version, payment, schedule, leased_until: leased_until?, previous })
    }

    pub(crate) fn events(&self) -> Result<Vec<Event>, Damage> {
        if i64::try_from(self.records.len()) != Ok(self.count) {
            return Err(damaged("events are missing"));
        }
        let read = |Written { place, record, checksum }: &Written| {
            if place.checksum(&self.opening.invoice, record) != *checksum {
                return Err(damaged("a record does not fit its checksum"));
            }
            Ok(record::decode(record)?)
        };
        self.records.iter().map(read).collect()
    }
}

impl Opening {
    pub(crate) fn new(
        invoice: &InvoiceId,
        new: &NewPayment,
        at: Timestamp,
        previous: Option<&InvoiceId>,
    ) -> Opening {
        let currency = new.amount.currency();
        Opening {
            invoice: invoice.to_string(),
            order: new.order.to_string(),
            terminal: new.terminal.to_string(),
            ordered: new.amount.minor().to_string(),
            currency: currency.code().to_owned(),
            exponent: currency.exponent(),
            opened: millis(at),
            previous: previous.map(ToString::to_string),
            tag: new.tag.as_ref().map(ToString::to_string),
        }
    }

    pub(crate) fn checksum(&self) -> u32 {
        let Opening { invoice, order, terminal, ordered, currency, exponent, .. } = self;
        let opened = &self.opened;
        let [previous, tag] = [&self.previous, &self.tag].map(|it| it.as_deref().unwrap_or(""));
        sum_of(&[invoice, order, terminal, ordered, currency, exponent, opened, &previous, &tag])
    }
}

impl Place {
    /// So that a flipped bit is damage and not another sum of money. A record that stands in
    /// another's place is, too.
    pub(crate) fn checksum(&self, invoice: &str, record: &str) -> u32 {
        sum_of(&[&invoice, &self.version, &self.place, &record])
    }
}

fn sum_of(parts: &[&dyn fmt::Display]) -> u32 {
    let mut sum = Sum(crc32fast::Hasher::new());
    for part in parts {
        // No text here holds a zero, so no two lists of parts are the same bytes. Nothing is refused.
        let _ = write!(sum, "{part}\0");
    }
    sum.0.finalize()
}

/// Takes text as it is written.
struct Sum(crc32fast::Hasher);

impl fmt::Write for Sum {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

/// The classes of checks as a column holds them.
const UNKNOWN: i64 = 0;
const SETTLED: i64 = 1;

pub(crate) fn class(class: CheckClass) -> i64 {
    match class {
        CheckClass::Unknown => UNKNOWN,
        CheckClass::Settled => SETTLED,
    }
}

/// The columns that only lists look at, as an attempt with these keys has them.
pub(crate) fn columns(keys: ListKeys) -> (&'static str, Option<i64>) {
    (keys.status.name(), keys.open_since.map(millis))
}

/// A replay key, and the attempt that has it.
pub(crate) type Key = (Vec<u8>, String);

/// Greater than every invoice number.
pub(crate) const BEYOND: &str = "~";

/// A time that a column has no room for is as good as never.
pub(crate) fn millis(at: Timestamp) -> i64 {
    i64::try_from(at.unix_millis()).unwrap_or(i64::MAX)
}

pub(crate) fn timestamp(millis: i64) -> Result<Timestamp, Damage> {
    u64::try_from(millis).map(Timestamp::from_unix_millis).map_err(damaged)
}

pub(crate) fn integer(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// `count` with what a search of an index has counted.
pub(crate) fn counted(
    count: Count,
    attempts: i64,
    open_since: Option<i64>,
) -> Result<Count, Damage> {
    let attempts = count.attempts.saturating_add(u64::try_from(attempts).map_err(damaged)?);
    let since = open_since.map(timestamp).transpose()?;
    Ok(Count { attempts, open_since: count.open_since.into_iter().chain(since).min() })
}

/// Why a row is no attempt.
#[derive(Debug)]
pub(crate) enum Damage {
    Record(RecordError),
    Column(Column),
}

pub(crate) fn damaged(why: impl ToString) -> Damage {
    Damage::Column(Column(why.to_string()))
}

/// For whoever reads the tables of any store.
impl From<Damage> for StoreError {
    fn from(damage: Damage) -> StoreError {
        let failed = StoreError::new(StoreErrorKind::Failed);
        match damage {
            Damage::Record(error) => failed.with_source(error),
            Damage::Column(column) => failed.with_source(column),
        }
    }
}

impl From<RecordError> for Damage {
    fn from(error: RecordError) -> Damage {
        Damage::Record(error)
    }
}

/// The expected content.
#[derive(Debug)]
pub(crate) struct Column(String);

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Column {}
