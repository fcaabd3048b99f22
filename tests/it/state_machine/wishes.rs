//! Table 3: what may be asked now?

use super::drive::*;
use super::table::table;
use epay_domain::*;

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
    let two = ["t1", "t2"].into_iter().fold(asked.clone(), |payment, id| {
        payment.heard(Ok(named(id, Observation::status(Fact::Authorized))))
    });
    let by_reply = |wish| held.clone().ask(wish).reply(Fact::StepAccepted(step("earlier")));
    let elsewhere = TerminalId::new("00000000-0000-0000-0000-000000000000").ok();
    let odd = |fact| Ok(Observation { terminal: elsewhere.clone(), ..Observation::status(fact) });
    vec![
        ("new", opened()),
        ("authorize asked", asked.clone()),
        ("awaiting the payer", payer.clone()),
        ("confirm asked", payer.clone().ask(Command::Confirm)),
        ("handed over", opened().ask(hand_over(20))),
        (
            "handed over, under way there",
            opened()
                .ask(hand_over(20))
                .heard(Ok(named("t1", Observation::status(Fact::InProgress)))),
        ),
        ("held", held.clone()),
        ("held, contradicted", asked.clone().heard(odd(Fact::Authorized))),
        ("capture asked", held.clone().ask(Command::Capture(step("earlier"), ORDERED))),
        ("captured, by a reply", by_reply(Command::Capture(step("earlier"), ORDERED))),
        ("voided, by a reply", by_reply(Command::Void(step("earlier")))),
        ("paid", paid.clone()),
        ("paid, contradicted", asked.clone().heard(odd(captured(Some(ORDERED), Refunds::NotTold)))),
        ("refund asked", paid.clone().ask(Command::Refund(step("earlier"), ORDERED))),
        (
            "refund sum not told",
            paid.clone().by_status(captured(Some(ORDERED), Refunds::SumNotTold)),
        ),
        (
            "refunded in full, by a reply",
            paid.clone()
                .ask(Command::Refund(step("earlier"), ORDERED))
                .reply(Fact::StepAccepted(step("earlier"))),
        ),
        ("refunded in full", paid.by_status(captured(Some(ORDERED), Refunds::Total(ORDERED)))),
        ("declined", asked.clone().by_status(Fact::Declined(Decline::from_code(484)))),
        ("voided", asked.clone().by_status(Fact::Voided(VoidReason::Lapsed))),
        ("two transactions", two),
        ("capture sum not told", asked.clone().by_status(captured(None, Refunds::NotTold))),
        ("not found, once", unheard.clone()),
        ("not found for a day", not_found_for(unheard, 24)),
        ("3-D Secure, its page lost", asked.by_status(Fact::AwaitingPayer(PayerStep::Challenge))),
        ("closed", payer.ask(Command::Close(CloseReason::NeverConfirmed))),
    ]
}

pub(crate) fn print() -> String {
    let wishes = [
        ("authorize", Command::Authorize),
        ("hand over", hand_over(20)),
        ("confirm", Command::Confirm),
        ("capture", Command::Capture(step("s"), ORDERED)),
        ("void", Command::Void(step("s"))),
        ("refund", Command::Refund(step("s"), ORDERED)),
        ("refund a stated sum", Command::RefundStated(step("s"), ORDERED, note())),
        ("give up a step", Command::GiveUp(step("earlier"), note())),
        ("acknowledge", Command::Acknowledge(Vec::new(), note())),
        ("choose", Command::ChooseTransaction(TransactionId::new("t1").unwrap(), note())),
        ("reopen", Command::Reopen(note())),
    ];
    let head: Vec<String> = wishes.iter().map(|(name, _)| (*name).to_owned()).collect();
    let rows: Vec<_> = places()
        .into_iter()
        .map(|(name, payment)| {
            let shown = |wish: &Command| match wish {
                Command::Acknowledge(..) => Command::Acknowledge(payment.contradictions(), note()),
                other => other.clone(),
            };
            let cell = |(_, wish): &(&str, Command)| match payment.decide(shown(wish), START) {
                Ok(_) => "**yes**".to_owned(),
                Err(refusal) => format!("{refusal:?}"),
            };
            (name.to_owned(), wishes.iter().map(cell).collect())
        })
        .collect();
    format!("{HEAD}\n{}", table("it is \\ wish", &head, &rows)) + &closing()
}

const CLOSING: &str = "\
An attempt that does not end by itself is closed, for one of four reasons. The first two are a promise, the third is the
bank's word for long enough, the last is a person's; what surfaces after any of them is a late success.
";

fn closing() -> String {
    let reasons = [
        ("never asked", Command::Close(CloseReason::NeverAsked)),
        ("never confirmed", Command::Close(CloseReason::NeverConfirmed)),
        ("abandoned, after a window of 24 hours", abandon(24)),
        ("by a person", by_person()),
    ];
    let head: Vec<String> = reasons.iter().map(|(name, _)| (*name).to_owned()).collect();
    let fingerprint = Fact::AwaitingPayer(PayerStep::Fingerprint);
    let asked = opened().ask(Command::Authorize);
    let more = [
        ("the payer's device is recognised", asked.clone().by_status(fingerprint)),
        ("named, and not found for a day", {
            let seen = named("t1", Observation::status(Fact::InProgress));
            not_found_for(asked.heard(Ok(seen)), 24)
        }),
    ];
    let rows = places().into_iter().chain(more).filter_map(|(name, payment)| {
        let granted = |(_, wish): &(&str, Command)| payment.decide(wish.clone(), START).is_ok();
        let cells: Vec<bool> = reasons.iter().map(granted).collect();
        let shown = |yes: bool| if yes { "**yes**" } else { "no" }.to_owned();
        let any = cells.contains(&true);
        any.then(|| (name.to_owned(), cells.into_iter().map(shown).collect()))
    });
    let rows: Vec<_> = rows.collect();
    format!("\n{CLOSING}\n{}", table("it is \\ close as", &head, &rows))
}
