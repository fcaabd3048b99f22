//! Text from outside (orders, notes, the bank's words, certificates, suites) as a terminal may get
//! it. Whatever prints such a text prints it by one of these, and so can't be made to move the
//! cursor, to end a line, to hide or turn letters round, or to look like another column.

use std::borrow::Cow;

use epay_domain::is_seen;
use serde::Serialize;

use crate::Failure;

/// As a sentence has it: what a terminal obeys or doesn't show is escaped. Done twice it is the same.
pub(crate) fn text(foreign: &str) -> String {
    escaped(foreign, |_| false)
}

/// As a table has it: one word, or in quotes. Nothing inside the quotes ends them.
pub(crate) fn cell(foreign: &str) -> String {
    let quoted = escaped(foreign, |c| matches!(c, '\\' | '"'));
    let is_word = !quoted.is_empty() && quoted == foreign && !foreign.contains([' ', '\'']);
    if is_word { quoted } else { format!("\"{quoted}\"") }
}

/// As a program reads it: the same JSON, in one line, with the escapes of JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<String, Failure> {
    Ok(json_text(&serde_json::to_string(value)?).into_owned())
}

/// Text that is JSON already. Outside its strings there is nothing that would be escaped.
pub(crate) fn json_text(json: &str) -> Cow<'_, str> {
    if json.bytes().all(|byte| byte.is_ascii() && byte != 0x7f) {
        return Cow::Borrowed(json);
    }
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() && c != '\u{7f}' || is_seen(c) {
            safe.push(c);
        } else {
            let units = &mut [0; 2];
            c.encode_utf16(units).iter().for_each(|unit| safe.push_str(&format!("\\u{unit:04x}")));
        }
    }
    Cow::Owned(safe)
}

fn escaped(foreign: &str, also: impl Fn(char) -> bool) -> String {
    let mut safe = String::with_capacity(foreign.len());
    for c in foreign.chars() {
        match c {
            _ if also(c) => safe.extend(['\\', c]),
            _ if is_seen(c) => safe.push(c),
            // A line's end by its name, all else by its number.
            _ if c.is_ascii() => safe.extend(c.escape_default()),
            _ => safe.extend(c.escape_unicode()),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    const DANGEROUS: [char; 23] = [
        '\0',
        '\u{7}',
        '\u{8}',
        '\t',
        '\n',
        '\r',
        '\u{1b}',
        '\u{7f}',
        '\u{85}',
        '\u{9b}',
        '\u{a0}',
        '\u{ad}',
        '\u{200b}',
        '\u{200f}',
        '\u{2028}',
        '\u{202e}',
        '\u{2066}',
        '\u{2069}',
        '\u{3000}',
        '\u{3164}',
        '\u{feff}',
        '\u{fe0f}',
        '\u{e0041}',
    ];

    #[test]
    fn nothing_a_terminal_obeys_or_hides_is_printed() {
        for c in DANGEROUS {
            let foreign = format!("a{c}b");
            assert_eq!(text(&text(&foreign)), text(&foreign));
            let shown = json(&foreign).unwrap();
            for safe in [text(&foreign), cell(&foreign), shown.clone()] {
                assert!(!safe.contains(c) && safe.len() > 3, "{safe:?}");
                assert!(safe.chars().all(|c| c.is_ascii_graphic()), "{safe:?}");
            }
            assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), foreign);
        }
    }

    #[test]
    fn what_people_write_stays_as_it_is() {
        for words in
            ["заказ №17", "cafe\u{301}", "Әлия: «қайтарылды»", "a \"b\" it's", "訂單", "100 ₸"]
        {
            assert_eq!(text(words), words);
            assert_eq!(json(&words).unwrap(), serde_json::to_string(words).unwrap());
        }
    }

    #[test]
    fn a_cell_is_a_word_or_in_quotes() {
        for (foreign, expected) in [
            ("order-17", "order-17"),
            ("№17", "№17"),
            ("two words", "\"two words\""),
            ("a  5000.00 KZT  paid", "\"a  5000.00 KZT  paid\""),
            ("a\" paid \"b", "\"a\\\" paid \\\"b\""),
            ("\"a\"", "\"\\\"a\\\"\""),
            ("a\\", "\"a\\\\\""),
            ("", "\"\""),
            ("a\n100000009", "\"a\\n100000009\""),
        ] {
            assert_eq!(cell(foreign), expected);
        }
    }
}
