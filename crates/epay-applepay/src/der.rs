//! A reader of DER that also takes BER's indefinite length at the places a caller names. It never recurses by itself.

pub(crate) type Result<T> = std::result::Result<T, &'static str>;

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OID: u8 = 0x06;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// `[number]`, constructed.
pub(crate) const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// One element: its tag, what is in it, and all its bytes as they stood.
#[derive(Clone, Copy)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    pub(crate) whole: &'a [u8],
}

/// The rest of the content of one element.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    end: End,
}

/// How a content ends.
#[derive(Clone, Copy, PartialEq)]
enum End {
    /// With its last byte: the length was given.
    Length,
    /// With two zero bytes: the length was indefinite.
    Marker,
}

const END_OF_CONTENTS: [u8; 2] = [0, 0];

/// The bit of a byte in an object identifier that says that its number goes on.
const MORE: u8 = 0x80;

enum Length {
    Definite(usize),
    Indefinite,
}

/// Reads all of `bytes` by `read`; anything left over is an error.
pub(crate) fn read_all<'a, T>(
    bytes: &'a [u8],
    read: impl FnOnce(&mut Reader<'a>) -> Result<T>,
) -> Result<T> {
    let mut reader = Reader { rest: bytes, end: End::Length };
    let value = read(&mut reader)?;
    if reader.rest.is_empty() { Ok(value) } else { Err("bytes follow where nothing may") }
}

impl<'a> Reader<'a> {
    pub(crate) fn at_end(&self) -> bool {
        match self.end {
            End::Length => self.rest.is_empty(),
            End::Marker => self.rest.starts_with(&END_OF_CONTENTS),
        }
    }

    /// The next element, which must give its length.
    pub(crate) fn any(&mut self) -> Result<Element<'a>> {
        let (tag, length, content) = header(self.rest)?;
        let Length::Definite(length) = length else {
            return Err("a length is indefinite where Apple gives one");
        };
        let (content, rest) =
            content.split_at_checked(length).ok_or("an element ends too early")?;
        let (whole, _) = self.rest.split_at(self.rest.len() - rest.len());
        self.rest = rest;
        Ok(Element { tag, content, whole })
    }

    pub(crate) fn element(&mut self, tag: u8) -> Result<Element<'a>> {
        let element = self.any()?;
        if element.tag == tag {
            Ok(element)
        } else {
            Err("an element is not the one that belongs there")
        }
    }

    /// The content of the next element, an object identifier whose every number is whole and as short as can be.
    pub(crate) fn oid(&mut self) -> Result<&'a [u8]> {
        let content = self.element(OID)?.content;
        let is_whole = content.last().is_some_and(|last| last & MORE == 0);
        let mut numbers = content.split_inclusive(|byte| byte & MORE == 0);
        if is_whole && numbers.all(|number| number.first() != Some(&MORE)) {
            Ok(content)
        } else {
            Err("an object identifier is not one")
        }
    }

    /// The next element if it has this tag.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>> {
        let is_next = self.rest.first() == Some(&tag) && !self.at_end();
        is_next.then(|| self.element(tag)).transpose()
    }

    /// Goes into the next element, which gives its length, and reads all of it.
    pub(crate) fn enter<T>(
        &mut self,
        tag: u8,
        read: impl FnOnce(&mut Reader<'a>) -> Result<T>,
    ) -> Result<T> {
        read_all(self.element(tag)?.content, read)
    }

    /// As [`enter`](Self::enter), and the length may be indefinite as well.
    pub(crate) fn enter_ber<T>(
        &mut self,
        tag: u8,
        read: impl FnOnce(&mut Reader<'a>) -> Result<T>,
    ) -> Result<T> {
        match header(self.rest)? {
            (found, Length::Indefinite, content) if found == tag => {
                let mut inner = Reader { rest: content, end: End::Marker };
                let value = read(&mut inner)?;
                self.rest = inner
                    .rest
                    .strip_prefix(&END_OF_CONTENTS)
                    .ok_or("bytes follow where nothing may")?;
                Ok(value)
            }
            _ => self.enter(tag, read),
        }
    }
}

/// Tag, length and the bytes after them. A length is as short as DER wants it, and a tag is one byte.
fn header(bytes: &[u8]) -> Result<(u8, Length, &[u8])> {
    const CUT: &str = "an element ends too early";
    let (&tag, rest) = bytes.split_first().ok_or(CUT)?;
    if tag & 0x1f == 0x1f || tag & !0x20 == 0 {
        return Err("a tag is none that belongs there");
    }
    let (&first, rest) = rest.split_first().ok_or(CUT)?;
    let (length, rest) = match first {
        0..0x80 => (Length::Definite(first.into()), rest),
        0x80 if tag & 0x20 != 0 => (Length::Indefinite, rest),
        0x81 | 0x82 => {
            let (digits, rest) = rest.split_at_checked((first & 0x7f).into()).ok_or(CUT)?;
            let length =
                digits.iter().fold(0, |length: usize, &digit| length << 8 | usize::from(digit));
            let shortest = if digits.len() == 1 { length >= 0x80 } else { length > 0xff };
            if !shortest {
                return Err("a length is longer than it need be");
            }
            (Length::Definite(length), rest)
        }
        _ => return Err("a length is not one of der"),
    };
    Ok((tag, length, rest))
}

/// The seconds since 1970 of a UTCTime or GeneralizedTime as RFC 5280 §4.1.2.5 writes them: seconds given, in UTC.
pub(crate) fn time(element: Element<'_>) -> Result<u64> {
    const WRONG: &str = "a time is not written as it must be";
    let digits = element.content.strip_suffix(b"Z").ok_or(WRONG)?;
    let expected = match element.tag {
        UTC_TIME => 12,
        GENERALIZED_TIME => 14,
        _ => return Err(WRONG),
    };
    if digits.len() != expected || !digits.iter().all(u8::is_ascii_digit) {
        return Err(WRONG);
    }
    let (year, rest) = digits.split_at(expected - 10);
    let number = |digits: &[u8]| {
        digits.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
    };
    let year = match (number(year), expected) {
        (short, 12) if short < 50 => 2000 + short,
        (short, 12) => 1900 + short,
        (long, _) => long,
    };
    let mut pairs = rest.chunks(2).map(number);
    let mut next = || pairs.next().ok_or(WRONG);
    let (month, day, hour, minute, second) = (next()?, next()?, next()?, next()?, next()?);
    let fits =
        year >= 1970 && (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
    if !fits || hour > 23 || minute > 59 || second > 59 {
        return Err(WRONG);
    }
    let months: u64 = (1..month).map(|month| days_in(year, month)).sum();
    let years: u64 = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    Ok((years + months + day - 1) * 86_400 + hour * 3_600 + minute * 60 + second)
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

pub(crate) fn days_in(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], ber: bool, expected: Option<&[u8]>) {
        let read = read_all(bytes, |reader| match ber {
            true => reader.enter_ber(SEQUENCE, |inner| inner.any().map(|element| element.content)),
            false => reader.enter(SEQUENCE, |inner| inner.any().map(|element| element.content)),
        });
        assert_eq!(read.ok(), expected, "{bytes:02x?}");
    }

    #[test]
    fn lengths() {
        check(&[0x30, 3, 4, 1, 7], false, Some(&[7]));
        check(&[0x30, 3, 4, 1, 7], true, Some(&[7]));
        check(&[0x30, 0x80, 4, 1, 7, 0, 0], true, Some(&[7]));
        check(&[0x30, 0x80, 4, 1, 7, 0, 0], false, None);
        check(&[0x30, 0x80, 4, 1, 7], true, None);
        check(&[0x30, 0x80, 4, 1, 7, 0], true, None);
        check(&[0x30, 0x80, 4, 1, 7, 0, 0, 0], true, None);
        check(&[0x30, 0x80, 4, 1, 7, 4, 0, 0, 0], true, None);
        check(&[0x30, 0x80, 0x24, 0x80, 0, 0, 0, 0], true, None);
        check(&[0x30, 4, 4, 1, 7, 9], true, None);
        check(&[0x30, 0x81, 3, 4, 1, 7], true, None);
        check(&[0x30, 0x82, 0, 3, 4, 1, 7], true, None);
        check(&[0x30, 0x83, 0, 0, 3, 4, 1, 7], true, None);
        check(&[0x30, 2, 4, 0x80], true, None);
        check(&[0x30, 4, 0x1f, 1, 1, 7], true, None);
        check(&[0x30, 2, 0, 0], true, None);
        check(&[0x30, 2, 0x20, 0], true, None);
        check(&[0x30, 3, 4, 2, 7], true, None);
        check(&[0x31, 3, 4, 1, 7], true, None);
        check(&[], true, None);
        let long = |header: &[u8], size: usize| [header, &vec![7; size]].concat();
        check(
            &[&[0x30, 0x81, 0x83][..], &long(&[4, 0x81, 0x80], 0x80)].concat(),
            false,
            Some(&[7; 0x80]),
        );
        check(
            &[&[0x30, 0x82, 1, 4][..], &long(&[4, 0x82, 1, 0], 0x100)].concat(),
            false,
            Some(&[7; 0x100]),
        );
    }

    #[test]
    fn object_identifiers() {
        for (content, fits) in [
            (&[0x2a, 0x86, 0x48][..], true),
            (&[0x2a], true),
            (&[], false),
            (&[0x2a, 0x86], false),
            (&[0x2a, 0x80, 0x01], false),
            (&[0x80, 0x01], false),
            (&[0x88, 0x37], true),
            (&[0x2a, 0x86, 0x80, 0x01], true),
        ] {
            let bytes = [&[OID, u8::try_from(content.len()).unwrap()], content].concat();
            assert_eq!(
                read_all(&bytes, Reader::oid).ok(),
                fits.then_some(content),
                "{content:02x?}"
            );
        }
    }

    #[test]
    fn an_end_marker_is_no_element() {
        let read = read_all(&[0x30, 0x80, 0, 0], |reader| {
            reader.enter_ber(SEQUENCE, |inner| Ok((inner.at_end(), inner.optional(0)?.is_none())))
        });
        assert_eq!(read, Ok((true, true)));
    }

    #[test]
    fn times() {
        for (tag, text, seconds) in [
            (UTC_TIME, "700101000000Z", Some(0)),
            (UTC_TIME, "240229235959Z", Some(1_709_251_199)),
            (UTC_TIME, "491231235959Z", Some(2_524_607_999)),
            (UTC_TIME, "230229000000Z", None),
            (UTC_TIME, "500101000000Z", None),
            (UTC_TIME, "241301000000Z", None),
            (UTC_TIME, "240001000000Z", None),
            (UTC_TIME, "240100000000Z", None),
            (UTC_TIME, "240101240000Z", None),
            (UTC_TIME, "240101006000Z", None),
            (UTC_TIME, "240101000060Z", None),
            (UTC_TIME, "2401010000Z", None),
            (UTC_TIME, "240101000000", None),
            (UTC_TIME, "240101000000+0000", None),
            (UTC_TIME, "24010100000aZ", None),
            (UTC_TIME, "20240101000000Z", None),
            (GENERALIZED_TIME, "20240101000000Z", Some(1_704_067_200)),
            (GENERALIZED_TIME, "21000228000000Z", Some(4_107_456_000)),
            (GENERALIZED_TIME, "21000229000000Z", None),
            (GENERALIZED_TIME, "240101000000Z", None),
            (OCTET_STRING, "240101000000Z", None),
        ] {
            let read = time(Element { tag, content: text.as_bytes(), whole: &[] });
            assert_eq!(read.ok(), seconds, "{text}");
        }
    }
}
