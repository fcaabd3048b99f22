//! How a refund is answered, how a status reports it, and whether the same one is executed twice.

use epay::{Money, Payment};

use super::{
    answers::Answers,
    card::{LEAST, body, evidence},
    till::{Done, Found, Stop, Till, loose},
};

pub(super) fn sums(found: &Found) -> String {
    let told = |name| found.told(name).unwrap_or("not told");
    let (name, org) = (told("statusName"), told("orgAmount"));
    let (amount, payout) = (told("amount"), told("payoutAmount"));
    format!("{name}, orgAmount {org}, amount {amount}, payoutAmount {payout}")
}

/// Gives `captured` back: a little, the same under the same name, and the rest.
pub(super) async fn refunds(
    till: &Till,
    answers: &mut Answers,
    payment: &Payment,
    captured: u32,
) -> Result<(), Stop> {
    let least = Money::tenge(LEAST);
    if let Done::No(why) = till.refund(payment, "probe-r1", least).await? {
        return Err(loose(payment, &format!("a refund of {LEAST} tenge is refused: {why}")));
    }
    body(answers, till.recorder().last("/refund").as_ref());
    let found = till.find(payment).await?;
    let told = format!("{}: {}", evidence(Some(&found.exchange)), sums(&found));
    match report(&found, captured) {
        Some(report) => answers.set("refund_report", report, told),
        None => answers.say("refund_report", sums(&found), told),
    }
    let again = till.refund(payment, "probe-r1", least).await?;
    let once = captured.saturating_sub(LEAST);
    let all = till.refund(payment, "probe-r2", Money::tenge(once)).await?;
    let told = format!("refunded {LEAST} twice by one name; then {once} of {captured}");
    match (again, all) {
        (Done::Yes, Done::Yes) => {
            answers.set("external_id_dedupes", true, format!("{told} was accepted"));
        }
        (Done::No(why), Done::Yes) => {
            let said = format!("the second is refused: {why}");
            answers.say("external_id_dedupes", said, told);
        }
        (_, Done::No(_)) => {
            let left = Money::tenge(once.saturating_sub(LEAST));
            match till.refund(payment, "probe-r3", left).await? {
                Done::Yes => {
                    answers.set("external_id_dedupes", false, format!("{told} was refused"));
                }
                Done::No(why) => {
                    return Err(loose(payment, &format!("the rest is not refunded: {why}")));
                }
            }
        }
    }
    // Everything is given back, so there is nothing that a cancel could cancel.
    match till.void(payment).await? {
        Done::Yes => answers.say("wrong_state_code", "accepted", "a cancel after a full refund"),
        Done::No(why) => {
            let told = evidence(till.recorder().last("/cancel").as_ref());
            match why.strip_prefix("code ").and_then(|code| code.parse::<i64>().ok()) {
                Some(code) => answers.set("wrong_state_code", code, told),
                None => answers.say("wrong_state_code", why, told),
            }
        }
    }
    Ok(())
}

/// Which of the known ways this is of telling that a little was refunded.
fn report(found: &Found, captured: u32) -> Option<&'static str> {
    let bonus = found.observation.amount.map_or(0, |amount| amount.bonus.minor());
    let sum = |name| minor(found.told(name)?);
    let (captured, least) = (u64::from(captured) * 100, u64::from(LEAST) * 100);
    let (amount, payout) = (sum("amount")?.checked_add(bonus)?, sum("payoutAmount"));
    match (found.told("statusName")?, payout) {
        ("CHARGE", Some(0)) if amount == captured => Some("charge_original"),
        ("CHARGE", Some(sum)) if sum == least && amount == captured.checked_sub(least)? => {
            Some("charge_remainder")
        }
        ("REFUND", Some(sum)) if sum == least && amount == captured => Some("refund_total"),
        ("REFUND", None) if amount == captured => Some("refund_no_sum"),
        _ => None,
    }
}

/// `12.5` in minor units.
fn minor(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part = part.get(..2.min(part.len())).filter(|_| part.len() <= 2)?;
    let part: u64 = format!("{part:0<2}").parse().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(100)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_read_to_the_tiyn() {
        for (text, expected) in [
            ("80", Some(80_00)),
            ("80.5", Some(80_50)),
            ("80.05", Some(80_05)),
            ("80.005", None),
            ("null", None),
            ("", None),
        ] {
            assert_eq!(minor(text), expected, "{text}");
        }
    }
}
