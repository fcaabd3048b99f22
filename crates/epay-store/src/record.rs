//! An event is recorded as one line of JSON with a version, which stays readable for ever.
//!
//! A store of your own can keep these records, and then reads what every other store has written.
//!
//! ```
//! use epay_domain::{Command, Event, EventKind, Timestamp};
//! let at = Timestamp::from_unix_millis(1_790_000_000_000);
//! let event = Event { at, kind: EventKind::Asked(Command::Authorize) };
//! let line = epay_store::encode(&event)?;
//! assert_eq!(line, r#"{"v":1,"at":1790000000000,"kind":"asked","command":{"kind":"authorize"}}"#);
//! assert_eq!(epay_store::decode(&line)?, event);
//! # Ok::<(), epay_store::RecordError>(())
//! ```
//!
//! # The rules of the format
//!
//! - A record is written once, and a store never rewrites it in a newer form. It is changed in one
//!   way: what is personal or of a payer's session is erased from it, and it says so by
//!   `"erased":true`. The fold is the same, but for the text that is gone.
//! - A field that this version does not know is passed over, so a newer program may add what an
//!   older one can do without. What an older program must not pass over is a new kind or a new
//!   version, which it refuses by name. What an older program did not write is read as it meant it.
//! - A kind is never given another meaning, and a field never another unit. Sums are whole minor
//!   units, times are Unix milliseconds, and durations are whole milliseconds, rounded down.
//! - There is no card data in a record but the mask that the bank gives out, and no personal data
//!   of ours: neither the payer's name nor an address. Two texts come from elsewhere. A
//!   [`Note`](epay_domain::Note) is what a person typed. The 3-D Secure challenge (`action`,
//!   `pa_req`, `md`) is the issuer's, opaque to us, and kept so that a payer whose page is loaded
//!   again after a restart sees the same form; their answer to it is never kept. Both can be
//!   [erased](without_challenge), and are empty then.

use core::{error::Error, fmt};

use epay_domain::{Event, InvalidId, InvalidMoney, Timestamp};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error as _, IgnoredAny, MapAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::{Map, Value};

use field::Field;
use tagged::{Name, Tagged as _};

mod contradiction;
mod erase;
mod event;
mod fact;
mod field;
mod tagged;
#[cfg(test)]
mod tests;

pub use erase::{without_challenge, without_notes};

/// What [`encode`] writes.
const VERSION: u32 = 1;

/// What is written.
#[derive(Serialize)]
struct Record {
    v: u32,
    /// Only where something was.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    erased: bool,
    at: u64,
    #[serde(flatten)]
    kind: event::EventKind,
}

/// What is read. Every version of the format has its number, however much else it changes.
enum Line {
    Event(u64, event::EventKind),
    OtherVersion(u32),
}

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Line, D::Error> {
        from.deserialize_map(LineVisitor)
    }
}

struct LineVisitor;

impl<'de> Visitor<'de> for LineVisitor {
    type Value = Line;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Line, A::Error> {
        let (mut version, mut at, mut early) = (None, None, Map::new());
        while let Some(Name(name)) = map.next_key()? {
            match (&*name, at) {
                ("v", _) => match map.next_value()? {
                    VERSION => version = Some(VERSION),
                    other => {
                        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                        return Ok(Line::OtherVersion(other));
                    }
                },
                // As it is written: what comes first is read as what it is, and the rest, too.
                ("erased", _) if version.is_some() => drop(map.next_value::<bool>()?),
                ("at", _) if version.is_some() => at = Some(map.next_value()?),
                ("kind", Some(at)) if early.is_empty() => {
                    let kind = map.next_value()?;
                    let event = event::EventKind::of(kind, MapAccessDeserializer::new(map))?;
                    return Ok(Line::Event(at, event));
                }
                _ => drop(early.insert(name.into_owned(), map.next_value()?)),
            }
        }
        let missing = A::Error::missing_field;
        version.ok_or_else(|| missing("v"))?;
        let told = || early.get("at").and_then(Value::as_u64);
        let at = at.or_else(told).ok_or_else(|| missing("at"))?;
        Ok(Line::Event(at, tagged::in_any_order(early)?))
    }
}

/// The event as one line, without a line's end.
pub fn encode(event: &Event) -> Result<String, RecordError> {
    write(event, false)
}

/// The same for an event of which something was [erased](without_challenge), which the line then
/// says: `"erased":true`.
pub fn encode_erased(event: &Event) -> Result<String, RecordError> {
    write(event, true)
}

fn write(event: &Event, erased: bool) -> Result<String, RecordError> {
    let kind = Field::write(&event.kind);
    let record = Record { v: VERSION, erased, at: event.at.unix_millis(), kind };
    serde_json::to_string(&record).map_err(not_a_record)
}

/// The event of a line that this version or an older one has written.
pub fn decode(line: &str) -> Result<Event, RecordError> {
    match serde_json::from_str(line).map_err(not_a_record)? {
        Line::Event(at, kind) => {
            Ok(Event { at: Timestamp::from_unix_millis(at), kind: kind.read()? })
        }
        Line::OtherVersion(0) => Err(RecordError::new(RecordErrorKind::NotARecord)),
        Line::OtherVersion(_) => Err(RecordError::new(RecordErrorKind::NewerVersion)),
    }
}

/// Why a line is no event. It never repeats what stands in the line.
#[derive(Debug)]
pub struct RecordError {
    kind: RecordErrorKind,
    at: Option<Place>,
}

/// Where in the line the reader stopped. What serde says itself would repeat the line's content.
#[derive(Debug)]
struct Place {
    column: usize,
}

/// What is wrong with a line, which says who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordErrorKind {
    /// A newer program has written it: run that one, or a newer one still.
    NewerVersion,
    /// The same, where only a kind within the record is unknown here.
    UnknownKind,
    /// It is not a record: the file is damaged.
    NotARecord,
    /// It is one, but holds what no value of the domain can be: the file is damaged.
    InvalidValue,
}

impl RecordError {
    fn new(kind: RecordErrorKind) -> RecordError {
        RecordError { kind, at: None }
    }

    /// The party who acts.
    pub fn kind(&self) -> RecordErrorKind {
        self.kind
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            RecordErrorKind::NewerVersion => "a record of a newer version",
            RecordErrorKind::UnknownKind => "a record of a kind that only a newer version knows",
            RecordErrorKind::NotARecord => "not a record",
            RecordErrorKind::InvalidValue => "a record with a value that cannot be",
        })
    }
}

impl Error for RecordError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.at.as_ref().map(|place| place as &(dyn Error + 'static))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the reader stopped at byte {}", self.column)
    }
}

impl Error for Place {}

#[expect(clippy::needless_pass_by_value, reason = "the error ends here: only its place is kept")]
fn not_a_record(error: serde_json::Error) -> RecordError {
    let at = Some(Place { column: error.column() });
    RecordError { kind: RecordErrorKind::NotARecord, at }
}

fn invalid() -> RecordError {
    RecordError::new(RecordErrorKind::InvalidValue)
}

fn unknown() -> RecordError {
    RecordError::new(RecordErrorKind::UnknownKind)
}

impl From<InvalidId> for RecordError {
    fn from(_: InvalidId) -> RecordError {
        invalid()
    }
}

impl From<InvalidMoney> for RecordError {
    fn from(_: InvalidMoney) -> RecordError {
        invalid()
    }
}
