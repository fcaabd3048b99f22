//! For how long the bank's key is held, and when another is taken.

use super::*;

pub(super) const PEM: &str = include_str!("../../../../epay-crypto/tests/keys/bank.public.pem");

#[test]
fn a_key_that_is_not_to_be_had_is_asked_for_again() {
    let script = Script::new([
        Play::NotSent,
        Play::Interrupted,
        Play::Hang,
        says(500, ""),
        says(200, "<html>"),
        says(200, PEM),
    ]);
    let gateway = gateway(&script);
    let key = || block_on(gateway.bank_key()).map(|_| ()).map_err(|error| error.kind());
    for expected in [
        Err(KeyErrorKind::Unavailable),
        Err(KeyErrorKind::Unavailable),
        Err(KeyErrorKind::Unavailable),
        Err(KeyErrorKind::Malformed),
        Ok(()),
        Ok(()),
    ] {
        assert_eq!(key(), expected);
    }
    assert!(script.is_played());
}

/// Another key of the bank's length.
const NEXT: &str = include_str!("../../../../epay-fakebank/keys/fixed-public.pem");

const HOUR: u64 = 60 * 60;

/// Asks for the key at these seconds, and each time tells which one came or why none did.
#[track_caller]
fn check_keys(age: Option<u64>, plays: Vec<Play>, expected: &[(u64, Result<&str, KeyErrorKind>)]) {
    let (script, clock) = (Script::new(plays), Arc::new(HandClock::default()));
    let gateway = gateway_by(&script, &clock);
    let gateway = match age {
        Some(seconds) => gateway.with_key_age(Duration::from_secs(seconds)),
        None => gateway,
    };
    for (seconds, expected) in expected {
        clock.set(*seconds);
        let key = block_on(gateway.bank_key());
        let key = key.map(|key| key.spki_sha256()).map_err(|error| error.kind());
        let pem = |pem: &str| PublicKey::parse(pem.as_bytes()).unwrap().spki_sha256();
        assert_eq!(key, expected.map(pem), "at {seconds}");
    }
    assert!(script.is_played());
}

#[test]
fn a_key_is_held_for_an_hour_and_then_fetched_anew() {
    let plays = || vec![says(200, PEM), says(200, NEXT)];
    let hourly = [(0, Ok(PEM)), (HOUR - 1, Ok(PEM)), (HOUR, Ok(NEXT)), (2 * HOUR - 1, Ok(NEXT))];
    check_keys(None, plays(), &hourly);
    let minutely = [(0, Ok(PEM)), (59, Ok(PEM)), (60, Ok(NEXT)), (119, Ok(NEXT))];
    check_keys(Some(60), plays(), &minutely);
}

#[test]
fn while_no_other_is_to_be_had_a_key_is_good_for_a_day() {
    use Play::{Hang, Interrupted};
    let plays = vec![
        says(200, PEM),
        Interrupted,
        says(500, ""),
        Hang,
        says(200, "<html>"),
        Interrupted,
        Interrupted,
        says(200, NEXT),
    ];
    let expected = [
        (0, Ok(PEM)),
        (HOUR, Ok(PEM)),
        (HOUR + 59, Ok(PEM)),
        (HOUR + 60, Ok(PEM)),
        (2 * HOUR, Ok(PEM)),
        (3 * HOUR, Ok(PEM)),
        (24 * HOUR, Ok(PEM)),
        (24 * HOUR + 1, Err(KeyErrorKind::Unavailable)),
        (24 * HOUR + 2, Ok(NEXT)),
    ];
    check_keys(None, plays, &expected);
}

#[test]
fn a_key_tells_its_age_until_it_is_no_longer_good() {
    let plays = [says(200, PEM), Play::Interrupted, says(200, NEXT)];
    let (script, clock) = (Script::new(plays), Arc::default());
    let gateway = gateway_by(&script, &clock);
    assert_eq!(gateway.bank_key_age(), None);
    for (seconds, before, after) in [
        (5, None, Some(0)),
        (HOUR, Some(HOUR - 5), Some(HOUR - 5)),
        (2 * HOUR, Some(2 * HOUR - 5), Some(2 * HOUR - 5)),
        (25 * HOUR, None, Some(0)),
        (25 * HOUR + 9, Some(9), Some(9)),
    ] {
        clock.set(seconds);
        let age = || gateway.bank_key_age().map(|age| age.as_secs());
        assert_eq!(age(), before, "at {seconds}");
        assert!(block_on(gateway.bank_key()).is_ok(), "at {seconds}");
        assert_eq!(age(), after, "at {seconds}");
    }
    assert!(script.is_played());
}

#[test]
fn a_key_that_is_refused_never_falls_back() {
    let plays = [says(200, PEM), says(200, NEXT), Play::Interrupted, says(200, PEM)];
    let (script, clock) = (Script::new(plays), Arc::default());
    let mut gateway = gateway_by(&script, &clock);
    let key = |gateway: &HttpGateway| {
        block_on(gateway.bank_key()).map(|_| ()).map_err(|error| error.kind())
    };
    assert_eq!(key(&gateway), Ok(()));
    clock.set(HOUR);
    // Where production is, a published key is refused.
    let fake = std::mem::replace(
        &mut gateway.access.environment,
        Environment::production(KeyTrust::FirstUse),
    );
    assert_eq!(key(&gateway), Err(KeyErrorKind::Published));
    assert_eq!(gateway.bank_key_age(), None);
    assert_eq!(key(&gateway), Err(KeyErrorKind::Unavailable));
    gateway.access.environment = fake;
    assert_eq!(key(&gateway), Ok(()));
    assert!(script.is_played());
}

#[test]
fn whoever_comes_while_an_old_key_is_fetched_anew_takes_the_old_one() {
    let (script, clock) = (Script::new([says(200, PEM), says(200, NEXT)]), Arc::default());
    let gateway = gateway_by(&script, &clock);
    let old = block_on(gateway.bank_key()).unwrap();
    clock.set(HOUR);
    let (first, second) = block_on(both(gateway.bank_key(), gateway.bank_key()));
    assert!(Arc::ptr_eq(&old, &second.unwrap()));
    assert!(!Arc::ptr_eq(&old, &first.unwrap()));
    assert!(script.is_played());
}
