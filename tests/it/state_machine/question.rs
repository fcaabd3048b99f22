//! Table 2: is the question answered by what came back?

use super::drive::*;
use super::table::table;
use epay_domain::*;

const HEAD: &str = "\
## 2. Is the question answered?

What we asked stays open until a fact answers it. A cell says *yes*, *no* or *open*, and where the payment stands then.
A silence, a 200 without a status and \"not found\" answer nothing; a status that shows a capture does not answer a refund.
";

/// The questions, each as a payment that waits for the answer.
fn questions() -> Vec<(&'static str, Payment)> {
    let (_, challenge) =
        facts().into_iter().find(|(_, fact)| matches!(fact, Fact::ThreeDsRequired(_))).unwrap();
    let asked = opened().ask(Command::Authorize);
    let payer = asked.clone().reply(challenge);
    let held = asked.clone().reply(Fact::Authorized);
    let paid = asked.clone().reply(captured(Some(ORDERED), Refunds::NotTold));
    vec![
        ("authorize", asked),
        ("authorize, payer at 3-D Secure", payer.clone()),
        ("confirm", payer.ask(Command::Confirm)),
        ("hand over, the token lives", opened().ask(hand_over(20))),
        ("hand over, the token is over", opened().ask(hand_over(0))),
        ("capture 100.00", held.clone().ask(Command::Capture(step("s"), ORDERED))),
        ("capture 60.00", held.clone().ask(Command::Capture(step("s"), Money::tenge(60)))),
        ("void", held.ask(Command::Void(step("s")))),
        ("refund 30.00", paid.ask(Command::Refund(step("s"), Money::tenge(30)))),
    ]
}

/// Everything that can come back, in the page's words.
fn answers() -> Vec<(String, Result<Observation, Delivery>)> {
    let about_the_payment =
        facts().into_iter().map(|(name, fact)| (name.to_owned(), Ok(Observation::status(fact))));
    let total = |sum| captured(Some(ORDERED), Refunds::Total(Money::tiyn(sum)));
    let refused = |code| Fact::StepRefused(step("s"), Decline::from_code(code));
    let more = [
        ("captured, 20.00 given back", Ok(Observation::status(total(20_00)))),
        ("captured, 30.00 given back", Ok(Observation::status(total(30_00)))),
        (
            "captured, some given back",
            Ok(Observation::status(captured(Some(ORDERED), Refunds::SumNotTold))),
        ),
        ("this step: accepted", Ok(Observation::reply(Fact::StepAccepted(step("s"))))),
        ("another step: accepted", Ok(Observation::reply(Fact::StepAccepted(step("other"))))),
        ("this step: refused", Ok(Observation::reply(refused(484)))),
        ("this step: refused, not final", Ok(Observation::reply(refused(477)))),
        ("silence (may have been sent)", Err(Delivery::MaybeSent)),
        ("not sent", Err(Delivery::NotSent)),
    ];
    about_the_payment.chain(more.map(|(name, answer)| (name.to_owned(), answer))).collect()
}

pub(crate) fn print() -> String {
    let questions = questions();
    let head: Vec<String> = questions.iter().map(|(name, _)| (*name).to_owned()).collect();
    let rows: Vec<_> = answers()
        .into_iter()
        .map(|(name, answer)| {
            let cell = |(_, asked): &(&str, Payment)| {
                let after = asked.clone().heard(answer.clone());
                format!("{}: {}", verdict(&after), noted(status(&after), &after))
            };
            (name, questions.iter().map(cell).collect())
        })
        .collect();
    format!("{HEAD}\n{}", table("came back \\ asked", &head, &rows))
}

fn verdict(payment: &Payment) -> &'static str {
    if payment.pending().is_some() {
        return "open";
    }
    match payment.step(&step("s")) {
        Some((_, StepStatus::Accepted)) => "yes",
        Some(_) => "no",
        None => match payment.state() {
            State::Verified | State::Authorized | State::Captured { .. } => "yes",
            State::New | State::Declined | State::Voided(_) | State::Closed(_) => "no",
        },
    }
}
