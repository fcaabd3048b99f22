//! Every byte is written by hand, because what a reader must refuse no library will write.

/// The universal tags that certificates and signatures are made of.
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const OBJECT: u8 = 0x06;
    pub(crate) const UTF8_STRING: u8 = 0x0C;
    pub(crate) const PRINTABLE_STRING: u8 = 0x13;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
    /// `[0]` around other nodes.
    pub(crate) const CONTEXT_0: u8 = 0xA0;
    /// `[1]` around other nodes.
    pub(crate) const CONTEXT_1: u8 = 0xA1;
    /// `[3]` around other nodes.
    pub(crate) const CONTEXT_3: u8 = 0xA3;
}

/// What ends a node of indefinite length.
const END_OF_CONTENTS: [u8; 2] = [0, 0];

/// One node of definite, minimal length.
pub(crate) fn node(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut out = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let digits: Vec<u8> =
                length.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
            out.push(0x80 | u8::try_from(digits.len()).unwrap_or_default());
            out.extend(digits);
        }
    }
    out.extend(content);
    out
}

/// One node of indefinite length, as Apple writes the outermost five.
pub(crate) fn indefinite(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag, 0x80], content, &END_OF_CONTENTS].concat()
}

/// One node whose length takes a byte more than it needs.
pub(crate) fn long_length(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = node(tag, content);
    match out.get(1).copied() {
        Some(short) if short < 0x80 => out.insert(1, 0x81),
        Some(long) => {
            out.insert(2, 0);
            if let Some(count) = out.get_mut(1) {
                *count = long + 1;
            }
        }
        None => {}
    }
    out
}

pub(crate) fn sequence<Part: AsRef<[u8]>>(parts: impl IntoIterator<Item = Part>) -> Vec<u8> {
    node(tag::SEQUENCE, &join(parts))
}

pub(crate) fn set<Part: AsRef<[u8]>>(parts: impl IntoIterator<Item = Part>) -> Vec<u8> {
    node(tag::SET, &join(parts))
}

pub(crate) fn join<Part: AsRef<[u8]>>(parts: impl IntoIterator<Item = Part>) -> Vec<u8> {
    parts.into_iter().fold(Vec::new(), |mut all, part| {
        all.extend_from_slice(part.as_ref());
        all
    })
}

pub(crate) fn null() -> Vec<u8> {
    vec![0x05, 0]
}

pub(crate) fn boolean(value: bool) -> Vec<u8> {
    node(tag::BOOLEAN, &[if value { 0xFF } else { 0 }])
}

/// A positive integer from its big-endian bytes.
pub(crate) fn integer(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let digits = bytes.get(zeros..).unwrap_or_default();
    let sign = digits.first().is_none_or(|first| *first >= 0x80);
    node(tag::INTEGER, &[if sign { &[0][..] } else { &[] }, digits].concat())
}

pub(crate) fn octets(bytes: &[u8]) -> Vec<u8> {
    node(tag::OCTET_STRING, bytes)
}

/// A bit string of whole bytes.
pub(crate) fn bits(bytes: &[u8]) -> Vec<u8> {
    node(tag::BIT_STRING, &[&[0], bytes].concat())
}

pub(crate) fn utf8(text: &str) -> Vec<u8> {
    node(tag::UTF8_STRING, text.as_bytes())
}

/// An object identifier from its dotted text.
pub(crate) fn oid(dotted: &str) -> Vec<u8> {
    let mut arcs =
        dotted.split('.').map(|arc| arc.parse::<u64>().expect("a dotted object identifier"));
    let (first, second) = (arcs.next().unwrap_or_default(), arcs.next().unwrap_or_default());
    let mut content = Vec::new();
    for arc in [first * 40 + second].into_iter().chain(arcs) {
        let mut digits = vec![u8::try_from(arc & 0x7F).unwrap_or_default()];
        let mut rest = arc >> 7;
        while rest > 0 {
            digits.push(0x80 | u8::try_from(rest & 0x7F).unwrap_or_default());
            rest >>= 7;
        }
        content.extend(digits.into_iter().rev());
    }
    node(tag::OBJECT, &content)
}

/// `AlgorithmIdentifier`, with NULL for parameters or without any.
pub(crate) fn algorithm(dotted: &str, null_parameters: bool) -> Vec<u8> {
    sequence([oid(dotted), if null_parameters { null() } else { Vec::new() }])
}

/// `UTCTime` until 2049, `GeneralizedTime` from then on, as X.509 and CMS ask.
pub(crate) fn time(unix: u64) -> Vec<u8> {
    let text = time_text(unix);
    if (1950..2050).contains(&civil(unix).0) {
        utc_time(&text[2..])
    } else {
        node(tag::GENERALIZED_TIME, text.as_bytes())
    }
}

/// `UTCTime` of any text at all.
pub(crate) fn utc_time(text: &str) -> Vec<u8> {
    node(tag::UTC_TIME, text.as_bytes())
}

/// `YYYYMMDDHHMMSSZ`.
pub(crate) fn time_text(unix: u64) -> String {
    let (year, month, day) = civil(unix);
    let second = unix % 86_400;
    format!(
        "{year:04}{month:02}{day:02}{:02}{:02}{:02}Z",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// The civil date in UTC, by Howard Hinnant's `civil_from_days`: years begin in March, so the leap day comes last.
fn civil(unix: u64) -> (u64, u64, u64) {
    let days = unix / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (
        era * 400 + year_of_era + u64::from(month <= 2),
        month,
        day_of_year - (153 * from_march + 2) / 5 + 1,
    )
}

/// The nodes in a row of definite lengths: tag, whole node and content of each.
#[cfg(test)]
pub(crate) fn nodes(mut bytes: &[u8]) -> Vec<(u8, &[u8], &[u8])> {
    let mut found = Vec::new();
    while let [tag, first, ..] = *bytes {
        let long = usize::from(first.saturating_sub(0x80));
        let length =
            bytes[2..2 + long].iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        let (head, length) =
            if first < 0x80 { (2, usize::from(first)) } else { (2 + long, length) };
        let (node, rest) = bytes.split_at(head + length);
        found.push((tag, node, &node[head..]));
        bytes = rest;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_minimal_at_every_border() {
        for (length, head) in [
            (0, vec![4, 0]),
            (127, vec![4, 127]),
            (128, vec![4, 0x81, 128]),
            (255, vec![4, 0x81, 255]),
            (256, vec![4, 0x82, 1, 0]),
        ] {
            let written = octets(&vec![7; length]);
            assert_eq!(written.len(), head.len() + length);
            assert!(written.starts_with(&head), "{length}");
        }
    }

    #[test]
    fn identifiers_and_integers_are_those_of_the_standard() {
        assert_eq!(
            oid("1.2.840.113635.100.6.29"),
            [6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x63, 0x64, 6, 29]
        );
        assert_eq!(oid("2.16.840.1.101.3.4.2.1"), [6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1]);
        assert_eq!(integer(&[0, 0]), [2, 1, 0]);
        assert_eq!(integer(&[0, 0x80]), [2, 2, 0, 0x80]);
        assert_eq!(integer(&[0x7F]), [2, 1, 0x7F]);
    }

    #[test]
    fn dates_are_right_around_leap_days_and_change_their_form_in_2050() {
        assert_eq!(time_text(0), "19700101000000Z");
        assert_eq!(time_text(951_782_399), "20000228235959Z");
        assert_eq!(time_text(951_782_400), "20000229000000Z");
        assert_eq!(time_text(1_795_521_600), "20261124120000Z");
        assert_eq!(time(2_524_607_999), [&[0x17, 13][..], b"491231235959Z"].concat());
        assert_eq!(time(2_524_608_000), [&[0x18, 15][..], b"20500101000000Z"].concat());
    }

    #[test]
    fn a_long_length_says_the_same_in_one_byte_more() {
        assert_eq!(long_length(4, &[9]), [4, 0x81, 1, 9]);
        assert_eq!(long_length(4, &[9; 300])[..5], [4, 0x83, 0, 1, 44]);
    }
}
