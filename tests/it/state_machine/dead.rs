//! Table 4: when is an attempt dead, so that the order may be tried again on a new invoice number?

use super::drive::*;
use super::table::table;
use epay_domain::*;

const HEAD: &str = "\
## 4. When is an attempt dead?

Only a dead attempt lets the order be tried again, on a new invoice number. A dead attempt stays watched: a late success
is a contradiction. No row but the first lets its invoice be authorized.
";

fn stories() -> Vec<(&'static str, Payment)> {
    let (_, challenge) =
        facts().into_iter().find(|(_, fact)| matches!(fact, Fact::ThreeDsRequired(_))).unwrap();
    let declined = |code| Fact::Declined(Decline::from_code(code));
    let never_confirmed = Command::Close(CloseReason::NeverConfirmed);
    let lost = || Err(Delivery::MaybeSent);
    let asked = opened().ask(Command::Authorize);
    let payer = asked.clone().reply(challenge);
    let held = asked.clone().reply(Fact::Authorized);
    let closed = payer.clone().ask(never_confirmed);
    let lapsed = held.clone().by_status(Fact::Voided(VoidReason::Lapsed));
    let abandoned = not_found_for(asked.clone().heard(lost()), 24).ask(abandon(24));
    let (form, over) = (opened().ask(hand_over(20)), opened().ask(hand_over(0)));
    vec![
        ("never asked", opened()),
        ("never asked, closed", opened().ask(Command::Close(CloseReason::NeverAsked))),
        ("asked, the call is on its way", asked.clone()),
        ("asked, not sent", asked.clone().heard(Err(Delivery::NotSent))),
        ("asked, no answer", asked.clone().heard(lost())),
        ("asked, no answer, not found", asked.clone().heard(lost()).by_status(Fact::NotFound)),
        ("asked, no answer, not found for the whole window, closed", abandoned.clone()),
        ("the same, then authorized after all", abandoned.by_status(Fact::Authorized)),
        ("asked, no answer, ended by a person", asked.clone().heard(lost()).ask(by_person())),
        ("declined by the reply", asked.clone().reply(declined(484))),
        ("declined by the status", asked.clone().by_status(declined(484))),
        ("declined, not final", asked.clone().reply(declined(454))),
        (
            "declined by the reply, authorized by the status",
            asked.reply(declined(484)).by_status(Fact::Authorized),
        ),
        ("at 3-D Secure", payer.clone()),
        ("at 3-D Secure, closed without confirming", closed.clone()),
        ("the same, then approved after all", closed.reply(Fact::Approved)),
        (
            "at 3-D Secure, confirm asked, no answer",
            payer.clone().ask(Command::Confirm).heard(lost()),
        ),
        (
            "at 3-D Secure, confirm asked, not sent",
            payer.ask(Command::Confirm).heard(Err(Delivery::NotSent)),
        ),
        ("handed over", form.clone()),
        ("handed over, a card failed while the token lived", form.clone().by_status(declined(484))),
        ("handed over, declined after the token's life", over.clone().by_status(declined(484))),
        (
            "the same, then taken after all",
            over.by_status(declined(484)).by_status(captured(Some(ORDERED), Refunds::NotTold)),
        ),
        ("handed over, ended by a person", form.ask(by_person())),
        ("held", held.clone()),
        ("held, lapsed", lapsed.clone()),
        ("held, lapsed, reopened by the shop", lapsed.ask(Command::Reopen(note()))),
        ("held, void asked, no answer", held.clone().ask(Command::Void(step("s"))).heard(lost())),
        (
            "held, void asked, accepted",
            held.ask(Command::Void(step("s"))).reply(Fact::StepAccepted(step("s"))),
        ),
    ]
}

pub(crate) fn print() -> String {
    let rows: Vec<_> = stories()
        .into_iter()
        .map(|(name, payment)| {
            let again = payment.decide(Command::Authorize, START);
            assert!(payment == opened() || again == Err(Refusal::AlreadyAuthorized), "{name}");
            let dead = if payment.dead().is_some() { "**dead**" } else { "no" };
            (
                name.to_owned(),
                vec![noted(state(&payment), &payment), status(&payment), dead.to_owned()],
            )
        })
        .collect();
    format!(
        "{HEAD}\n{}",
        table("what happened", &["we know", "it stands", "dead?"].map(str::to_owned), &rows)
    )
}
