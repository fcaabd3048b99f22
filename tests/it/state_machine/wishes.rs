//! Table 3: what may be asked now?

use super::drive::*;
use super::table::table;
use core::time::Duration;
use epay_domain::*;

const DAY: Duration = Duration::from_secs(24 * 3_600);

const HEAD: &str = "\
## 3. What may be asked?

Wishes may be refused; a refused wish changes nothing and asks the bank nothing.
";

fn places() -> Vec<(&'static str, Payment)> {
    let (_, challenge) =
        facts().into_iter().find(|(_, fact)| matches!(fact, Fact::ThreeDsRequired(_))).unwrap();
    let asked = opened().ask(Command::Authorize);
    let payer = asked.clone().reply(challenge);
    let held = asked.clone().reply(Fact::Authorized);
    let paid = asked.clone().reply(captured(Some(ORDERED), Refunds::NotTold));
    let unheard = asked.clone().heard(Err(Delivery::MaybeSent)).by_status(Fact::NotFound);
    let still_not_found =
        Payment::record_reply(&unheard, Ok(Observation::status(Fact::NotFound)), START + DAY);
    let elsewhere = TerminalId::new("00000000-0000-0000-0000-000000000000").ok();
    let odd = |fact| Ok(Observation { terminal: elsewhere.clone(), ..Observation::status(fact) });
    vec![
        ("new", opened()),
        ("authorize asked", asked.clone()),
        ("awaiting the payer", payer.clone()),
        ("confirm asked", payer.clone().ask(Command::Confirm)),
        ("held", held.clone()),
        ("held, flagged", asked.clone().heard(odd(Fact::Authorized))),
        ("capture asked", held.ask(Command::Capture(step("earlier"), ORDERED))),
        ("paid", paid.clone()),
        ("paid, flagged", asked.clone().heard(odd(captured(Some(ORDERED), Refunds::NotTold)))),
        ("refund asked", paid.clone().ask(Command::Refund(step("earlier"), ORDERED))),
        (
            "refund sum not told",
            paid.clone().by_status(captured(Some(ORDERED), Refunds::SumNotTold)),
        ),
        ("refunded in full", paid.by_status(captured(Some(ORDERED), Refunds::Total(ORDERED)))),
        ("declined", asked.clone().by_status(Fact::Declined(Decline::from_code(484)))),
        ("voided", asked.clone().by_status(Fact::Voided(VoidReason::Lapsed))),
        ("not found, a day ago", unheard.clone()),
        ("not found for a day", unheard.apply(&still_not_found)),
        ("closed", payer.ask(Command::Close(CloseReason::NeverConfirmed))),
    ]
}

pub(crate) fn print() -> String {
    let note = Note::new("seen").unwrap();
    let wishes = [
        ("authorize", Command::Authorize),
        ("confirm", Command::Confirm),
        ("capture", Command::Capture(step("s"), ORDERED)),
        ("void", Command::Void(step("s"))),
        ("refund", Command::Refund(step("s"), ORDERED)),
        ("give up a step", Command::GiveUp(step("earlier"), note.clone())),
        ("acknowledge", Command::Acknowledge(note)),
        ("close: never asked", Command::Close(CloseReason::NeverAsked)),
        ("close: never confirmed", Command::Close(CloseReason::NeverConfirmed)),
        ("close: abandoned", Command::Close(CloseReason::Abandoned { not_found_window: DAY })),
    ];
    let head: Vec<String> = wishes.iter().map(|(name, _)| (*name).to_owned()).collect();
    let rows: Vec<_> = places()
        .into_iter()
        .map(|(name, payment)| {
            let cell = |(_, wish): &(&str, Command)| match payment.decide(wish.clone(), START + DAY)
            {
                Ok(_) => "**yes**".to_owned(),
                Err(refusal) => format!("{refusal:?}"),
            };
            (name.to_owned(), wishes.iter().map(cell).collect())
        })
        .collect();
    format!("{HEAD}\n{}", table("it is \\ wish", &head, &rows))
}
