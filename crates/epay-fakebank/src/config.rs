//! Your own merchants, terminals and cards, from a file; they replace the published ones of the
//! same name.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Deserializer, de::Error as _};

use crate::{
    cards::{self, TestCard, Verdict},
    secret::Secret,
    settings::{Client, Settings, Stages, Switches, Terminal},
};

/// What a bank is opened with, in the words of a file: TOML, JSON or what else serde reads. Unknown keys are errors.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    clients: Vec<ClientEntry>,
    terminals: Vec<TerminalEntry>,
    cards: Vec<CardEntry>,
    switches: Option<Switches>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientEntry {
    #[serde(deserialize_with = "text")]
    id: String,
    #[serde(deserialize_with = "secret")]
    secret: Secret,
    terminals: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TerminalEntry {
    #[serde(deserialize_with = "uuid")]
    id: String,
    stages: Stages,
    #[serde(default = "acquirer_id", deserialize_with = "text")]
    acquirer_id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CardEntry {
    #[serde(deserialize_with = "number")]
    number: String,
    does: Does,
    #[serde(default, deserialize_with = "expiry")]
    expiry: Option<String>,
    #[serde(default, deserialize_with = "cvc")]
    cvc: Option<String>,
}

impl fmt::Debug for CardEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardEntry(***)")
    }
}

/// What the issuer does.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Does {
    Approve,
    #[serde(rename = "3ds")]
    ThreeDs,
    Fingerprint,
    /// With a code.
    Decline(u32),
}

impl Config {
    /// The settings with what this names in place of the published; cards are added to them.
    ///
    /// # Errors
    /// A terminal that no entry describes, or an id or number that comes twice.
    pub fn settings(self) -> Result<Settings, ConfigError> {
        let mut settings = Settings::default();
        once("terminal", self.terminals.iter().map(|it| it.id.to_lowercase()))?;
        once("client", self.clients.iter().map(|it| it.id.to_lowercase()))?;
        once("card", self.cards.iter().map(|it| cards::mask(&it.number)))?;
        if !self.terminals.is_empty() {
            let terminal =
                |TerminalEntry { id, stages, acquirer_id }| Terminal { id, stages, acquirer_id };
            settings.terminals = self.terminals.into_iter().map(terminal).collect();
            // The published client has whatever there is.
            let all = settings.terminals.iter().map(|it| it.id.clone()).collect();
            settings.clients.iter_mut().for_each(|client| client.terminals = Vec::clone(&all));
        }
        if !self.clients.is_empty() {
            let client = |ClientEntry { id, secret, terminals }| Client { id, secret, terminals };
            settings.clients = self.clients.into_iter().map(client).collect();
        }
        for named in settings.clients.iter().flat_map(|client| &client.terminals) {
            if !settings.terminals.iter().any(|known| known.id.eq_ignore_ascii_case(named)) {
                return Err(ConfigError(format!(
                    "a client has terminal {named}, which is not there"
                )));
            }
        }
        let card = |CardEntry { number, does, expiry, cvc }| TestCard {
            number,
            verdict: match does {
                Does::Approve => Verdict::Approve,
                Does::ThreeDs => Verdict::ThreeDs,
                Does::Fingerprint => Verdict::Fingerprint,
                Does::Decline(code) => Verdict::Decline(code),
            },
            expiry,
            cvc,
        };
        settings.cards = self.cards.into_iter().map(card).collect();
        settings.switches = self.switches.unwrap_or_default();
        Ok(settings)
    }
}

fn once(what: &str, all: impl Iterator<Item = String>) -> Result<(), ConfigError> {
    let mut seen = BTreeSet::new();
    for one in all {
        if seen.contains(&one) {
            return Err(ConfigError(format!("{what} {one} is there twice")));
        }
        seen.insert(one);
    }
    Ok(())
}

fn acquirer_id() -> String {
    "98120003".to_owned()
}

fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    if text.is_empty() { Err(D::Error::custom("it is empty")) } else { Ok(text) }
}

fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
    text(from).map(Secret::new)
}

fn uuid<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    let parts: Vec<usize> = text.split('-').map(str::len).collect();
    let digits = text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let good = digits && parts == [8, 4, 4, 4, 12];
    if good { Ok(text) } else { Err(D::Error::custom("a terminal's id is a UUID")) }
}

fn number<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    let wrong = "a card number is 12 to 19 digits, the last of them Luhn's";
    if cards::luhn(&text) { Ok(text) } else { Err(D::Error::custom(wrong)) }
}

fn digits<'de, D: Deserializer<'de>>(
    from: D,
    lengths: &[usize],
    wrong: &str,
) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(from)?;
    let good = lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if good { Ok(Some(text)) } else { Err(D::Error::custom(wrong)) }
}

fn expiry<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    digits(from, &[4], "an expiry is MMYY")
}

fn cvc<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    digits(from, &[3, 4], "a CVC is three digits or four")
}

/// What an entry names is not there, or is there twice.
#[derive(Debug)]
pub struct ConfigError(String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SANDBOX_CLIENT;

    const OWN: &str = "11111111-2222-3333-4444-555555555555";

    fn read(json: &str) -> Result<Settings, String> {
        let config: Config = serde_json::from_str(json).map_err(|error| error.to_string())?;
        config.settings().map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_named_takes_the_place_of_the_published() {
        let settings =
            read(&format!(r#"{{"terminals":[{{"id":"{OWN}","stages":"two"}}]}}"#)).unwrap();
        assert_eq!(settings.clients[0].id, SANDBOX_CLIENT);
        assert_eq!(settings.clients[0].terminals, [OWN]);
        let nothing = read("{}").unwrap();
        assert_eq!(nothing.terminals.len(), Settings::default().terminals.len());
        let turned = read(r#"{"switches":{"dedupe":"off"}}"#).unwrap();
        assert_eq!(turned.switches.dedupe, crate::Dedupe::Off);
    }

    #[test]
    fn what_cannot_be_is_told() {
        let card = |rest: &str| format!(r#"{{"cards":[{{"number":{rest}}}]}}"#);
        let cases = [
            (r#"{"merchants":[]}"#.to_owned(), "unknown field `merchants`"),
            (r#"{"terminals":[{"id":"1","stages":"two"}]}"#.to_owned(), "is a UUID"),
            (
                format!(r#"{{"terminals":[{{"id":"{OWN}","stages":"three"}}]}}"#),
                "unknown variant `three`",
            ),
            (
                format!(r#"{{"clients":[{{"id":"a","secret":"b","terminals":["{OWN}"]}}]}}"#),
                "which is not there",
            ),
            (r#"{"clients":[{"id":"a","secret":"","terminals":[]}]}"#.to_owned(), "it is empty"),
            (card(r#""4405639704015097","does":"approve""#), "Luhn"),
            (card(r#""4405639704015096","does":"sing""#), "unknown variant `sing`"),
            (card(r#""4405639704015096","does":"approve","cvc":"12""#), "three digits or four"),
            (card(r#""4405639704015096","does":"approve","expiry":"01/27""#), "MMYY"),
            (
                card(
                    r#""4405639704015096","does":"approve"},{"number":"4405639704015096","does":"approve""#,
                ),
                "twice",
            ),
            (r#"{"switches":{"dedup":"off"}}"#.to_owned(), "unknown field `dedup`"),
        ];
        for (json, why) in cases {
            let told = read(&json).unwrap_err();
            assert!(told.contains(why), "{json}: {told}");
        }
    }

    #[test]
    fn debug_shows_no_number_and_no_secret() {
        let json = r#"{"clients":[{"id":"a","secret":"hunter22","terminals":[]}],"cards":[{"number":"4405639704015096","does":{"decline":484}}]}"#;
        let config: Config = serde_json::from_str(json).unwrap();
        let shown =
            format!("{config:?} {:?}", serde_json::from_str::<Config>(json).unwrap().settings());
        assert!(!shown.contains("hunter22") && !shown.contains("4405639704015096"), "{shown}");
    }
}
