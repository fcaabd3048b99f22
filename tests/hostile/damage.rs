//! Every way we know in which a body can be wrong, done to a good one.

use bytes::Bytes;
use http::{
    HeaderName,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
};

/// A body gone wrong.
pub(crate) struct Damage {
    /// For a person who reads the failed test.
    pub(crate) what: String,
    pub(crate) header: Option<(HeaderName, &'static str)>,
    pub(crate) body: Bytes,
    pub(crate) leaves: Leaves,
}

/// What may still be read after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaves {
    /// The same as before.
    Everything,
    /// The same, or less: a part of it may be gone.
    Less,
    /// Nothing.
    Nothing,
}

use Leaves::{Everything, Less, Nothing};

/// Larger than anything that is read.
const HUGE: usize = 10 * 1024 * 1024;

/// `{"code":0}`, by gzip.
const GZIP: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\x02\x03\xabVJ\xceOIU\xb22\xa8\x05\0\x98\xae<r\n\0\0\0";

const HTML: &str =
    "<!doctype html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>";

/// Everything that can be done to `body`, a JSON object in which `keys` are read.
pub(crate) fn all(body: &str, keys: &[&str]) -> Vec<Damage> {
    let mut damages = cut(body);
    damages.extend(wrapped(body));
    damages.extend(replaced());
    damages.extend(inserted(body));
    damages.extend(numbers(body));
    damages.extend(keys.iter().flat_map(|key| renamed(body, key)));
    damages
}

fn damage(what: impl Into<String>, body: impl Into<Bytes>, leaves: Leaves) -> Damage {
    Damage { what: what.into(), header: None, body: body.into(), leaves }
}

/// Cut off at every byte.
fn cut(body: &str) -> Vec<Damage> {
    (0..body.len())
        .map(|at| damage(format!("cut at byte {at}"), body.as_bytes()[..at].to_vec(), Nothing))
        .collect()
}

/// The body is whole, and what is around it is odd.
fn wrapped(body: &str) -> Vec<Damage> {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=windows-1251"),
        (CONTENT_TYPE, "image/png"),
        (CONTENT_ENCODING, "gzip"),
        (CONTENT_ENCODING, "br"),
    ];
    let claims = headers.into_iter().map(|(name, value)| Damage {
        header: Some((name.clone(), value)),
        ..damage(format!("{name}: {value}"), body.to_owned(), Everything)
    });
    let utf_16: Vec<u8> =
        std::iter::once(0xfeff).chain(body.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    claims
        .chain([
            damage("a byte order mark", format!("\u{feff}{body}"), Everything),
            damage("white space", format!("\r\n\t {body} \n"), Everything),
            damage("two byte order marks", format!("\u{feff}\u{feff}{body}"), Nothing),
            damage("utf-16", utf_16, Nothing),
            damage("something after it", format!("{body}x"), Nothing),
            damage("a second object after it", format!("{body}{body}"), Nothing),
            damage("in an array", format!("[{body}]"), Nothing),
            damage("in a string", format!("{body:?}"), Nothing),
            damage("behind a guard against scripts", format!(")]}}',\n{body}"), Nothing),
            damage("10 MB of white space after it", format!("{body}{}", " ".repeat(HUGE)), Nothing),
        ])
        .collect()
}

/// Something else came instead.
fn replaced() -> Vec<Damage> {
    let gzip = Damage { header: Some((CONTENT_ENCODING, "gzip")), ..damage("gzip", GZIP, Nothing) };
    let others = ["null", "true", "0", "\"\"", "[]", "{", "}", "{]", "<", "\0", "\u{feff}", HTML];
    let mut damages = vec![gzip];
    damages.extend(others.map(|other| damage(format!("{other:.20} instead"), other, Nothing)));
    damages.extend(["[", "{\"a\":", "\"", "0", "<"].map(|part| {
        let body = part.repeat(HUGE / part.len());
        damage(format!("10 MB of {part} instead"), body, Nothing)
    }));
    damages.push(damage("every byte there is", (0..=u8::MAX).collect::<Vec<u8>>(), Nothing));
    damages
}

/// Something is in it that should not be.
fn inserted(body: &str) -> Vec<Damage> {
    let first = |part: &str| body.replacen('{', &format!("{{{part}"), 1);
    let nested = |open: &str, close: &str, depth: usize| {
        damage(
            format!("{depth} levels of {open}"),
            first(&format!("\"x\":{}0{},", open.repeat(depth), close.repeat(depth))),
            if depth < 30 { Everything } else { Nothing },
        )
    };
    let mut bytes = first("\"x\":\"?\",").into_bytes();
    let place = bytes.iter().position(|byte| *byte == b'?').unwrap();
    let invalid =
        [&[0xff][..], &[0xc0, 0xaf], &[0xed, 0xa0, 0x80], &[0xf4, 0x90, 0x80, 0x80], &[0xd0]].map(
            |wrong| {
                let mut bytes = bytes.clone();
                bytes.splice(place..=place, wrong.iter().copied());
                damage(format!("{wrong:x?} in a string"), bytes, Nothing)
            },
        );
    bytes[place] = b'\n';
    let syntax =
        ["NaN", "Infinity", "-", "01", "1e", ".5", "0x10", "'a'", "\"\\x41\"", "tru", "undefined"]
            .map(|odd| {
                damage(format!("{odd} as a value"), first(&format!("\"x\":{odd},")), Nothing)
            });
    let mut damages = vec![
        nested("[", "]", 20),
        nested("[", "]", 40),
        nested("{\"a\":", "}", 40),
        nested("[", "]", 100_000),
        nested("{\"a\":", "}", 20_000),
        damage("a bare line break in a string", bytes, Nothing),
        damage("a comment", first("/* no */"), Nothing),
        damage("a comma too many", body.replace('}', ",}"), Nothing),
        damage("1e400 where nobody looks", first("\"x\":1e400,"), Everything),
        damage(
            "a value of 200 kB where nobody looks",
            first(&format!("\"x\":\"{}\",", "a".repeat(200_000))),
            Everything,
        ),
    ];
    damages.extend(invalid);
    damages.extend(syntax);
    damages
}

/// A sum is no sum.
fn numbers(body: &str) -> Vec<Damage> {
    let odd = [
        "NaN",
        "\"NaN\"",
        "1e400",
        "-1",
        "12.225",
        "1e-3",
        "\"1,00\"",
        "true",
        "{}",
        "18446744073709551616",
    ];
    let sums = ["amount", "amountBonus"].into_iter().filter_map(|key| {
        let (before, rest) = body.split_once(&format!("\"{key}\":"))?;
        let (_, after) = rest.split_once(',')?;
        Some((format!("{before}\"{key}\":"), key, after))
    });
    sums.flat_map(|(before, key, after)| {
        odd.map(|odd| damage(format!("{key} is {odd}"), format!("{before}{odd},{after}"), Nothing))
    })
    .collect()
}

/// A key that is read is there twice, or looks like it and is another.
fn renamed(body: &str, key: &str) -> Vec<Damage> {
    let first = |part: String| body.replacen('{', &format!("{{{part},"), 1);
    let contradicted = [format!("\"{key}\":\"?\""), format!("\"{}\":null", key.to_uppercase())];
    let alike: String = key.chars().map(look_alike).collect();
    let quoted = format!("\"{key}\"");
    let value = body
        .split_once(&format!("{quoted}:"))
        .map(|(_, rest)| rest.split([',', '}']).next().unwrap());
    let value = value.filter(|value| !value.contains('{'));
    // A challenge that can't be read is one all the same, and the bank waits for the payer.
    let leaves = || if key == "secure3D" { Less } else { Nothing };
    let mut damages: Vec<_> = contradicted
        .map(|other| damage(format!("beside it, {other}"), first(other), leaves()))
        .into();
    damages.push(damage(format!("{key} in Cyrillic letters"), body.replacen(key, &alike, 1), Less));
    damages.push(damage(
        format!("a full stop in {key}"),
        body.replacen(&quoted, &format!("\"{key}.\""), 1),
        Less,
    ));
    damages.extend(value.map(|value| {
        damage(format!("{key} repeated as it is"), first(format!("{quoted}:{value}")), Everything)
    }));
    damages
}

/// The Cyrillic letter that a person takes for this Latin one.
fn look_alike(letter: char) -> char {
    match letter {
        'a' => 'а',
        'c' => 'с',
        'e' => 'е',
        'i' => 'і',
        'o' => 'о',
        's' => 'ѕ',
        'C' => 'С',
        other => other,
    }
}

impl Damage {
    /// The answer, damaged.
    pub(crate) fn answer(&self, status: u16) -> http::Response<Bytes> {
        let mut answer = http::Response::builder().status(status).body(self.body.clone()).unwrap();
        if let Some((name, value)) = &self.header {
            answer.headers_mut().insert(name.clone(), value.parse().unwrap());
        }
        answer
    }
}
