//! The names of things: invoice, order, terminal, transaction, step, replay key. Each is checked once, when it is made,
//! and shared by its clones.

use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;

/// The bank's only handle for a payment attempt: 6 to 15 digits without a leading zero, because the
/// bank may answer with a number. Used for one attempt and never again.
///
/// The bank also wants the last six digits to be unique, so numbers come from a counter and wrap after about
/// a million attempts for each terminal (bank page "cryptogram payment").
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InvoiceId(Arc<str>);

impl InvoiceId {
    /// Checks `digits`.
    pub fn new(digits: &str) -> Result<InvoiceId, InvalidId> {
        let fits = (6..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0');
        if fits { Ok(InvoiceId(digits.into())) } else { Err(InvalidId::Invoice) }
    }

    /// The six digits that must be unique too.
    pub fn last_six(&self) -> &str {
        self.0.len().checked_sub(6).and_then(|start| self.0.get(start..)).unwrap_or(&self.0)
    }

    /// The number after this one with the same count of digits; `None` after the last.
    pub fn next(&self) -> Option<InvoiceId> {
        let width = self.0.len();
        let number = self.0.parse::<u64>().ok()?.checked_add(1)?;
        InvoiceId::new(&alloc::format!("{number}")).ok().filter(|next| next.0.len() == width)
    }
}

/// The merchant's own name for what is paid: 1 to 128 bytes of letters, signs and plain blanks. What is
/// not seen, or turns what is, could pass one order off as another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderId(Arc<str>);

impl OrderId {
    /// Checks `name`.
    pub fn new(name: &str) -> Result<OrderId, InvalidId> {
        let fits = (1..=128).contains(&name.len()) && name.chars().all(is_seen);
        if fits { Ok(OrderId(name.into())) } else { Err(InvalidId::Order) }
    }
}

/// Names a method that can pay only once, by 32 unique bytes: the transaction id of an Apple Pay token.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplayKey([u8; 32]);

impl ReplayKey {
    /// Of these bytes.
    pub const fn new(bytes: [u8; 32]) -> ReplayKey {
        ReplayKey(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for ReplayKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReplayKey(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// Tells this attempt's operation from all others at the bank: 16 random bytes, made for each attempt,
/// kept with it, and sent in a field that the bank echoes (`assumed`).
///
/// Not a secret: who knows it can say that an operation is ours, and our own queries decide that.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttemptTag([u8; 16]);

impl AttemptTag {
    /// Of these bytes.
    pub const fn new(bytes: [u8; 16]) -> AttemptTag {
        AttemptTag(bytes)
    }

    /// Reads what [`Display`](fmt::Display) writes; `None` for anything else.
    pub fn parse(text: &str) -> Option<AttemptTag> {
        let mut bytes = [0; 16];
        let fits = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        for (at, byte) in bytes.iter_mut().enumerate().filter(|_| fits) {
            *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
        }
        fits.then_some(AttemptTag(bytes))
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// 32 hexadecimal digits in lower case.
impl fmt::Display for AttemptTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for AttemptTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AttemptTag({self})")
    }
}

/// A terminal of the merchant: the UUID the bank gave, in lower case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TerminalId(Arc<str>);

impl TerminalId {
    /// Checks the UUID's form (8-4-4-4-12 hexadecimal digits).
    pub fn new(uuid: &str) -> Result<TerminalId, InvalidId> {
        let mut groups =
            uuid.split('-').map(|g| (g.len(), g.bytes().all(|b| b.is_ascii_hexdigit())));
        let fits = [8, 4, 4, 4, 12].into_iter().all(|len| groups.next() == Some((len, true)));
        if fits && groups.next().is_none() {
            let is_lower = !uuid.bytes().any(|b| b.is_ascii_uppercase());
            Ok(TerminalId(if is_lower { uuid.into() } else { uuid.to_ascii_lowercase().into() }))
        } else {
            Err(InvalidId::Terminal)
        }
    }
}

/// The bank's name for the operation it booked: the `id` of its answers, opaque to us.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransactionId(Arc<str>);

impl TransactionId {
    /// Takes 1 to 64 ASCII letters, digits and `-`: it becomes part of a path.
    pub fn new(id: &str) -> Result<TransactionId, InvalidId> {
        if is_word(id) { Ok(TransactionId(id.into())) } else { Err(InvalidId::Transaction) }
    }
}

/// The bank's name for a card that it keeps, by which that card is paid with again; opaque to us.
///
/// Not a secret by itself: only the merchant's credentials can pay with it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardId(Arc<str>);

impl CardId {
    /// Takes 1 to 64 ASCII letters, digits and `-`: it becomes part of a path.
    pub fn new(id: &str) -> Result<CardId, InvalidId> {
        if is_word(id) { Ok(CardId(id.into())) } else { Err(InvalidId::Card) }
    }
}

/// The merchant's own name for one capture, void or refund. It is used once: a second call with the same
/// name is the same wish, not another one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepId(Arc<str>);

impl StepId {
    /// Takes 1 to 64 ASCII letters, digits and `-`; a refund's goes to the bank as `externalID`.
    pub fn new(id: &str) -> Result<StepId, InvalidId> {
        if is_word(id) { Ok(StepId(id.into())) } else { Err(InvalidId::Step) }
    }
}

/// Whether a character is seen where it stands: no control, no mark that turns, joins or hides letters,
/// no blank but the plain one.
pub fn is_seen(c: char) -> bool {
    let hidden = matches!(
        c,
        '\u{34f}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{e0000}'..='\u{e0fff}'
    );
    // Behind a letter, so that an accent of its own counts as seen.
    let printed = || String::from_iter(['x', c]).escape_debug().count() == 2;
    if c.is_ascii() { !c.is_control() } else { !hidden && printed() }
}

fn is_word(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

macro_rules! shown_as_text {
    ($($id:ident),*) => {$(
        impl $id {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($id), self.0)
            }
        }
    )*};
}
shown_as_text!(InvoiceId, OrderId, TerminalId, TransactionId, CardId, StepId);

/// Which kind of name was malformed; the text itself is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidId {
    /// Not 6 to 15 digits without a leading zero.
    Invoice,
    /// Not 1 to 128 bytes of characters that are seen.
    Order,
    /// Not a UUID.
    Terminal,
    /// Not 1 to 64 letters, digits and dashes.
    Transaction,
    /// Not 1 to 64 letters, digits and dashes.
    Card,
    /// Not 1 to 64 letters, digits and dashes.
    Step,
    /// Longer than 500 bytes, or characters that are not seen.
    Note,
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InvalidId::Invoice => "an invoice number is 6 to 15 digits without a leading zero",
            InvalidId::Order => {
                "an order name is 1 to 128 bytes without control or invisible characters"
            }
            InvalidId::Terminal => "a terminal is a uuid",
            InvalidId::Transaction => "a transaction id is 1 to 64 letters, digits and dashes",
            InvalidId::Card => "a card id is 1 to 64 letters, digits and dashes",
            InvalidId::Note => {
                "a note is at most 500 bytes without control or invisible characters"
            }
            InvalidId::Step => "a step id is 1 to 64 letters, digits and dashes",
        })
    }
}

impl core::error::Error for InvalidId {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invoice_is_six_to_fifteen_digits() {
        for (digits, fits) in [
            ("12345", false),
            ("123456", true),
            ("000001", false),
            ("123456789012345", true),
            ("1234567890123456", false),
            ("12345a", false),
            ("-123456", false),
            ("١٢٣٤٥٦", false),
            ("", false),
        ] {
            assert_eq!(InvoiceId::new(digits).is_ok(), fits, "{digits}");
        }
    }

    #[test]
    fn an_invoice_knows_its_last_six_and_its_successor() {
        let invoice = |digits| InvoiceId::new(digits).unwrap();
        assert_eq!(invoice("163637162556226").last_six(), "556226");
        assert_eq!(invoice("123456").last_six(), "123456");
        assert_eq!(invoice("100009").next(), Some(invoice("100010")));
        assert_eq!(invoice("999999").next(), None);
    }

    #[test]
    fn a_terminal_is_a_uuid_in_lower_case() {
        let upper = TerminalId::new("67E34D63-102F-4BD1-898E-370781D0074D").unwrap();
        assert_eq!(upper.as_str(), "67e34d63-102f-4bd1-898e-370781d0074d");
        for bad in [
            "",
            "67e34d63",
            "67e34d63-102f-4bd1-898e-370781d0074",
            "67e34d63-102f-4bd1-898e-370781d0074g",
            "67e34d63-102f-4bd1-898e-370781d0074d-",
        ] {
            assert_eq!(TerminalId::new(bad), Err(InvalidId::Terminal), "{bad}");
        }
    }

    #[test]
    fn words_go_into_paths_unescaped() {
        for bad in ["", "a/b", "a b", "a?b", "../x", "é", &"a".repeat(65)] {
            assert_eq!(TransactionId::new(bad), Err(InvalidId::Transaction), "{bad}");
            assert_eq!(CardId::new(bad), Err(InvalidId::Card), "{bad}");
            assert_eq!(StepId::new(bad), Err(InvalidId::Step), "{bad}");
        }
        assert_eq!(StepId::new(&"a".repeat(64)).unwrap().as_str().len(), 64);
    }

    #[test]
    fn what_is_not_seen_is_in_no_text_that_a_person_typed() {
        for hidden in [
            "\0",
            "\n",
            "\t",
            "\u{1b}",
            "\u{7f}",
            "\u{9b}",
            "\u{a0}",
            "\u{ad}",
            "\u{34f}",
            "\u{61c}",
            "\u{115f}",
            "\u{17b4}",
            "\u{180b}",
            "\u{180e}",
            "\u{200b}",
            "\u{200d}",
            "\u{200f}",
            "\u{2028}",
            "\u{202e}",
            "\u{2060}",
            "\u{2066}",
            "\u{2800}",
            "\u{3000}",
            "\u{3164}",
            "\u{fe0f}",
            "\u{feff}",
            "\u{ffa0}",
            "\u{fff9}",
            "\u{e0041}",
            "\u{e0100}",
        ] {
            let text = alloc::format!("order {hidden}17");
            assert_eq!(OrderId::new(&text), Err(InvalidId::Order), "{}", text.escape_unicode());
            assert_eq!(crate::Note::new(&text), Err(InvalidId::Note), "{}", text.escape_unicode());
        }
        for seen in ["заказ 17", "Тапсырыс №7", "caf\u{e9}", "cafe\u{301}", "it's \"7\" \\ €"]
        {
            assert_eq!(OrderId::new(seen).map(|order| order.as_str() == seen), Ok(true), "{seen}");
            assert!(crate::Note::new(seen).is_ok(), "{seen}");
        }
    }
}
