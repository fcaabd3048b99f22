//! A secret is found in plain and in every disguise a program gives it without meaning to.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE},
};

/// A text that must not be seen.
#[derive(Clone, Debug)]
pub(crate) struct Needle {
    pub(crate) name: &'static str,
    disguises: Vec<(&'static str, String)>,
    /// So short that it may be part of something else: only found where it stands alone.
    is_short: bool,
}

impl Needle {
    pub(crate) fn new(name: &'static str, secret: &str) -> Needle {
        Needle { name, disguises: disguises(secret), is_short: secret.len() < 8 }
    }

    /// How the secret can be found in `text`.
    pub(crate) fn found_in(&self, text: &str) -> Vec<&'static str> {
        let is_there = |disguise: &str| {
            let alone = |(at, _): (usize, &str)| {
                let inside = |c: char| c.is_alphanumeric();
                !text[..at].ends_with(inside) && !text[at + disguise.len()..].starts_with(inside)
            };
            if self.is_short {
                text.match_indices(disguise).any(alone)
            } else {
                text.contains(disguise)
            }
        };
        self.disguises
            .iter()
            .filter(|(_, disguise)| is_there(disguise))
            .map(|(name, _)| *name)
            .collect()
    }

    pub(crate) fn disguises(&self) -> &[(&'static str, String)] {
        &self.disguises
    }
}

/// Fails with the name of every secret that is in `text`, and says how it got there.
#[track_caller]
pub(crate) fn none_in(sink: &str, text: &str, needles: &[Needle]) {
    assert!(!text.is_empty(), "there is nothing to look through in {sink}");
    for needle in needles {
        let found = needle.found_in(text);
        assert!(found.is_empty(), "the {} is in {sink} {found:?}", needle.name);
    }
}

fn disguises(secret: &str) -> Vec<(&'static str, String)> {
    let each = |write: &dyn Fn(u8) -> String| secret.bytes().map(write).collect::<String>();
    let joined = |glue: &str, write: &dyn Fn(u8) -> String| {
        secret.bytes().map(write).collect::<Vec<_>>().join(glue)
    };
    let json = serde_json::to_string(secret).unwrap();
    let grouped = secret.as_bytes().chunks(4).map(|four| str::from_utf8(four).unwrap_or_default());
    let grouped: Vec<&str> = grouped.collect();
    let mut disguises = vec![
        ("plain", secret.to_owned()),
        ("reversed", secret.chars().rev().collect()),
        ("in groups", grouped.join(" ")),
        ("in groups with dashes", grouped.join("-")),
        ("hex", each(&|byte| format!("{byte:02x}"))),
        ("HEX", each(&|byte| format!("{byte:02X}"))),
        ("hex with spaces", joined(" ", &|byte| format!("{byte:02x}"))),
        ("hex with colons", joined(":", &|byte| format!("{byte:02x}"))),
        ("hex in a list", joined(", ", &|byte| format!("0x{byte:02x}"))),
        ("bytes in a list", joined(", ", &|byte| byte.to_string())),
        ("percent", each(&|byte| format!("%{byte:02X}"))),
        ("percent in small letters", each(&|byte| format!("%{byte:02x}"))),
        ("a form", form_urlencoded::byte_serialize(secret.as_bytes()).collect()),
        ("json", json.trim_matches('"').to_owned()),
        ("json in json", json.trim_matches('"').replace('\\', r"\\").replace('"', r#"\""#)),
        ("json escapes", each(&|byte| format!("\\u{byte:04x}"))),
        ("debug", format!("{secret:?}").trim_matches('"').to_owned()),
        ("byte escapes", each(&|byte| format!("\\x{byte:02x}"))),
        ("html", each(&|byte| format!("&#{byte};"))),
        ("html, where it has to be", html(secret)),
    ];
    // Inside of something longer, base64 begins at any of three places; the letters at both ends then depend on the rest.
    for (name, before) in
        [("base64", 0), ("base64 after one byte", 1), ("base64 after two bytes", 2)]
    {
        let inside = [&b"??"[..before], secret.as_bytes()].concat();
        for (engine, name) in [(&STANDARD, name), (&URL_SAFE, name)] {
            let text = engine.encode(&inside);
            let text = text.trim_end_matches('=');
            let (start, end) = (
                if before == 0 { 0 } else { before + 1 },
                text.len() - usize::from(inside.len() % 3 != 0),
            );
            // Fewer letters would be in any long base64 by chance.
            disguises.extend(
                text.get(start..end)
                    .filter(|text| text.len() > 4)
                    .map(|text| (name, text.to_owned())),
            );
        }
    }
    disguises
}

fn html(secret: &str) -> String {
    let escaped = |c: char| {
        if "&<>\"'\t\r\n".contains(c) { format!("&#{};", u32::from(c)) } else { c.to_string() }
    };
    secret.chars().map(escaped).collect()
}

#[test]
fn every_disguise_is_seen_through() {
    for secret in
        ["4444333322221111", "AgAAAA/+ABk4=\"\\\n&", "7391", "{\"hpan\":\"4444333322221111\"}"]
    {
        let needle = Needle::new("secret", secret);
        assert!(needle.disguises().len() >= 21);
        for (name, disguise) in needle.disguises() {
            for text in [disguise.clone(), format!("a {disguise} z"), format!("[\"{disguise}\"]")] {
                assert!(needle.found_in(&text).contains(name), "{name} of {secret} in {text}");
            }
        }
        assert_eq!(needle.found_in("nothing to be seen here, 4405639704015096"), [""; 0]);
    }
    let pan = Needle::new("card number", "4444333322221111");
    for before in ["", "a", "ab", "abc"] {
        let inside = STANDARD.encode(format!("{before}4444333322221111 and more"));
        assert!(!pan.found_in(&inside).is_empty(), "{inside}");
    }
    let code = Needle::new("code", "7391");
    assert_eq!(code.found_in("port 57391, id 7391ab"), [""; 0]);
    assert_eq!(code.found_in("cvc=7391&"), code.found_in("\"7391\""));
}
