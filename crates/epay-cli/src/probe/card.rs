//! The questions that a test card can ask.

use std::time::Duration;

use epay::{CardId, InvoiceId, Money, Payment, ThreeDsAnswer};
use epay_domain::{Gateway, Origin};

use super::{
    answers::Answers,
    callbacks::Listener,
    recorder::{Change, Exchange},
    refunds::{refunds, sums},
    saved_card,
    test_card::TestCard,
    till::{Done, Found, Paid, Stop, Till, loose},
};

/// Published by the bank, for its test hosts: number, expiry, code (`documented`).
const GOOD: [&str; 3] = ["4405639704015096", "0127", "321"];
const LOCKED: [&str; 3] = ["4003032704547597", "0920", "170"];

/// What each question asks for, in tenge. Refunds begin at 10.
pub(super) const SUM: u32 = 100;
const CHARGED: u32 = 80;
pub(super) const LEAST: u32 = 10;
/// The fake bank declines with 484 what ends so.
const MAGIC: Money = Money::tiyn(1_484_07);

/// Asks one after the other; what stops them all is the error.
pub(super) async fn ask(
    till: &mut Till,
    answers: &mut Answers,
    three_ds: Option<&TestCard>,
    saved: Option<&CardId>,
    listener: Option<&Listener>,
) -> Result<(), Stop> {
    let good = TestCard::of(GOOD[0], GOOD[1], GOOD[2]);
    let first = till.invoice()?;
    wrong_client(till, answers, &first).await;
    unknown_payment(till, answers, &first).await?;
    let base = base(till, answers, &first, &good).await?;
    used_number(till, answers, &first, &good).await?;
    cyrillic(till, answers, &good).await?;
    card_code(till, answers, &good).await?;
    magic(till, answers, &good).await?;
    used_token(till, answers, &good).await?;
    other_casing(till, answers, &good).await?;
    let declined = declined(till, answers).await?;
    if let Some(card) = three_ds {
        challenge(till, answers, card).await?;
    }
    if let Some(card) = saved {
        saved_card::ask(till, answers, card).await?;
    }
    if let Some(listener) = listener {
        callbacks(till, answers, listener, &base, &declined).await;
    }
    Ok(())
}

/// How an exchange is told as evidence.
pub(super) fn evidence(exchange: Option<&Exchange>) -> String {
    let Some(exchange) = exchange else { return "no exchange".to_owned() };
    let status = exchange.status.map_or("lost".to_owned(), |status| format!("HTTP {status}"));
    format!("{} {}: {status}, {}", exchange.method, exchange.path, exchange.kind)
}

pub(super) async fn wrong_client(till: &Till, answers: &mut Answers, invoice: &InvoiceId) {
    let payment = till.payment(invoice, Money::tenge(SUM));
    // Whatever comes of it, the answer was noted.
    let _ = till.stranger().status(&payment).await;
    if let Some(token) = till.recorder().last("/token") {
        let names: Vec<&str> = token.seen.keys().map(String::as_str).collect();
        let status = token.status.unwrap_or_default();
        let said = format!("HTTP {status} with {}", names.join(", "));
        answers.say("oauth_error", said, evidence(Some(&token)));
    }
}

pub(super) async fn unknown_payment(
    till: &Till,
    answers: &mut Answers,
    invoice: &InvoiceId,
) -> Result<(), Stop> {
    let payment = till.payment(invoice, Money::tenge(SUM));
    let asked = till.gateway().status(&payment).await;
    let seen = till.recorder().last("/check-status/");
    let Some(exchange) = seen else {
        let why = asked.err().map_or("no status came".to_owned(), |error| error.to_string());
        return Err(Stop::Nothing(why));
    };
    match (exchange.status, exchange.seen.get("resultCode").map(String::as_str)) {
        (_, Some("100")) => {
            let why = format!("the bank knows the number {invoice} already: take another");
            return Err(Stop::Nothing(why));
        }
        (Some(status @ (200 | 400)), Some(_)) => {
            answers.set("status_errors_as_400", status == 400, evidence(Some(&exchange)));
        }
        _ => return Err(Stop::Nothing(evidence(Some(&exchange)))),
    }
    Ok(())
}

/// One payment that is charged in part, and refunded in three parts.
async fn base(
    till: &mut Till,
    answers: &mut Answers,
    invoice: &InvoiceId,
    card: &TestCard,
) -> Result<Payment, Stop> {
    let paid = till.pay(invoice, Money::tenge(SUM), card, false).await?;
    let reply = till.recorder().last("/cryptopay");
    let told = evidence(reply.as_ref());
    let payment = match paid {
        Paid::Yes(payment) => payment,
        Paid::Challenge(_) => {
            let why = "the test card asks for 3-D Secure: a person at a browser has to answer it";
            return Err(Stop::Nothing(why.to_owned()));
        }
        Paid::No(code) => {
            answers.say("latin", format!("refused with code {code}"), told);
            return Err(Stop::Nothing(format!("the test card was declined with code {code}")));
        }
        Paid::Neither(status) => return Err(Stop::Nothing(format!("HTTP {status}"))),
    };
    answers.say("latin", "yes", told.clone());
    let has_status = reply.as_ref().is_some_and(|reply| reply.seen.contains_key("status"));
    answers.set("reply_shape", if has_status { "full" } else { "minimal" }, told);
    test_key(till, answers).await;

    let found = till.find(&payment).await?;
    look(answers, &found);
    token_reuse(till, answers, &payment).await;
    let captured = match found.told("statusName") {
        Some("AUTH") => {
            answers.say("stages", "holds: two stages", evidence(Some(&found.exchange)));
            match till.charge(&payment, Money::tenge(CHARGED)).await? {
                Done::Yes => {
                    body(answers, till.recorder().last("/charge").as_ref());
                    let charged = till.find(&payment).await?;
                    answers.say("part_charged", sums(&charged), evidence(Some(&charged.exchange)));
                    CHARGED
                }
                Done::No(why) => {
                    answers.say("part_charged", format!("refused: {why}"), "POST …/charge");
                    till.give_back(&payment).await?;
                    return Ok(payment);
                }
            }
        }
        Some("CHARGE") => {
            answers.say("stages", "takes: one stage", evidence(Some(&found.exchange)));
            SUM
        }
        _ => return Err(loose(&payment, &"it stands neither at AUTH nor at CHARGE")),
    };
    refunds(till, answers, &payment, captured).await?;
    Ok(payment)
}

async fn test_key(till: &Till, answers: &mut Answers) {
    use epay::{Bank, SpkiPin};
    if let Ok(key) = till.gateway().bank_key().await {
        let known = key.spki_sha256() == SpkiPin::HALYK_TEST;
        let said = if known { "yes" } else { "no: another" };
        answers.say("test_key", said, evidence(till.recorder().last("/public.rsa").as_ref()));
    }
}

/// What a status tells of a payment that nothing has happened to yet.
pub(super) fn look(answers: &mut Answers, found: &Found) {
    let told = evidence(Some(&found.exchange));
    let millis = u64::try_from(found.after.as_millis()).unwrap_or(u64::MAX);
    answers.set("visible_after", if found.first.is_some() { millis } else { 0 }, told.clone());
    if let Some(first) = found.first {
        answers.set("invisible_as", first, told.clone());
    }
    let bonus = found.observation.amount.map_or(0, |amount| amount.bonus.minor());
    answers.set("bonus_minor", bonus, told.clone());
    let echo = match found.observation.origin {
        Origin::Ours => "same",
        Origin::Other => "anothers",
        Origin::NotTold => "nothing",
    };
    answers.set("echo_data", echo, told.clone());
    answers.say("created_date", found.told("createdDate").unwrap_or("not told"), told);
}

/// What is in the answer to an operation that was done.
pub(super) fn body(answers: &mut Answers, exchange: Option<&Exchange>) {
    let Some(exchange) = exchange else { return };
    let told = evidence(Some(exchange));
    match exchange.kind {
        "empty" => answers.set("success_body", "empty", told),
        "JSON" => answers.set("success_body", "json_code0", told),
        other => answers.say("success_body", other, told),
    }
}

/// Pays under a number that was used, and under one that ends like it.
async fn used_number(
    till: &mut Till,
    answers: &mut Answers,
    used: &InvoiceId,
    card: &TestCard,
) -> Result<(), Stop> {
    let alike = used.as_str().parse::<u64>().ok().and_then(|number| number.checked_add(1_000_000));
    let alike = alike.and_then(|number| InvoiceId::new(&number.to_string()).ok());
    let Some(alike) = alike else { return Ok(()) };
    let same = refused(till, used, Money::tenge(SUM), card).await?;
    let told = evidence(till.recorder().last("/cryptopay").as_ref());
    let alike = refused(till, &alike, Money::tenge(SUM), card).await?;
    let how = match (&same, &alike) {
        (None, None) => Some("off"),
        (Some(_), None) => Some("strict"),
        (Some(_), Some(_)) => Some("last_six"),
        (None, Some(_)) => None,
    };
    match how {
        Some(how) => answers.set("dedupe", how, told.clone()),
        None => answers.say("dedupe", "only one that ends alike is refused", told.clone()),
    }
    answers.say("number_taken", same.unwrap_or_else(|| "not refused".to_owned()), told);
    Ok(())
}

/// Asks, gives back what was taken, and tells how it was refused, if it was.
async fn refused(
    till: &mut Till,
    invoice: &InvoiceId,
    sum: Money,
    card: &TestCard,
) -> Result<Option<String>, Stop> {
    match till.pay(invoice, sum, card, false).await? {
        Paid::Yes(payment) => till.give_back(&payment).await.map(|()| None),
        Paid::No(code) => Ok(Some(format!("code {code}"))),
        Paid::Neither(status) => Ok(Some(format!("HTTP {status}"))),
        Paid::Challenge(_) => Ok(Some("a challenge".to_owned())),
    }
}

async fn cyrillic(till: &mut Till, answers: &mut Answers, card: &TestCard) -> Result<(), Stop> {
    let invoice = till.invoice()?;
    let paid = till.pay(&invoice, Money::tenge(SUM), card, true).await?;
    let told = evidence(till.recorder().last("/cryptopay").as_ref());
    let said = match paid {
        Paid::Yes(payment) => {
            till.give_back(&payment).await?;
            "yes".to_owned()
        }
        Paid::No(code) => format!("refused with code {code}"),
        Paid::Neither(status) => format!("HTTP {status}"),
        Paid::Challenge(_) => "yes, with a challenge".to_owned(),
    };
    answers.say("cyrillic", said, told);
    Ok(())
}

async fn card_code(till: &mut Till, answers: &mut Answers, card: &TestCard) -> Result<(), Stop> {
    let invoice = till.invoice()?;
    let wrong = card.with_cvc("999");
    let refused = refused(till, &invoice, Money::tenge(SUM), &wrong).await?;
    let exchange = till.recorder().exchanges().into_iter().rev();
    let told = exchange.filter(|exchange| exchange.path.ends_with("/cryptopay")).take(1).last();
    answers.set("check_card_details", refused.is_some(), evidence(told.as_ref()));
    Ok(())
}

async fn magic(till: &mut Till, answers: &mut Answers, card: &TestCard) -> Result<(), Stop> {
    let invoice = till.invoice()?;
    let refused = refused(till, &invoice, MAGIC, card).await?;
    let told = evidence(till.recorder().last("/cryptopay").as_ref());
    answers.set("magic_amounts", refused.as_deref() == Some("code 484"), told);
    Ok(())
}

async fn used_token(till: &mut Till, answers: &mut Answers, card: &TestCard) -> Result<(), Stop> {
    let invoice = till.invoice()?;
    till.recorder().change("/cryptopay", Change::UsedToken);
    let refused = refused(till, &invoice, Money::tenge(SUM), card).await?;
    let told = evidence(till.recorder().last("/cryptopay").as_ref());
    let said =
        refused.map_or("it is taken".to_owned(), |how| format!("{how}, and nothing is booked"));
    answers.say("used_token", said, told);
    Ok(())
}

/// `description`, because without it nothing is known of the money that would not be known with it.
async fn other_casing(till: &mut Till, answers: &mut Answers, card: &TestCard) -> Result<(), Stop> {
    let invoice = till.invoice()?;
    till.recorder().change("/cryptopay", Change::OtherCasing);
    let refused = refused(till, &invoice, Money::tenge(SUM), card).await?;
    let told = evidence(till.recorder().last("/cryptopay").as_ref());
    answers.set("strict", refused.is_some(), told);
    Ok(())
}

/// Asks for the status of what was just paid for with that payment's own token.
async fn token_reuse(till: &Till, answers: &mut Answers, payment: &Payment) {
    let before = till.recorder().exchanges().len();
    till.recorder().change(payment.invoice().as_str(), Change::UsedToken);
    // Whatever comes of it, the answer was noted; where it was a 401, another token got a second one.
    let _ = till.gateway().status(payment).await;
    let mut since = till.recorder().exchanges().into_iter().skip(before);
    let Some(exchange) = since.find(|it| it.path.contains("/check-status/")) else { return };
    let told = evidence(Some(&exchange));
    match (exchange.status, exchange.seen.contains_key("resultCode")) {
        (Some(401 | 403), _) => answers.set("token_reuse", false, told),
        (Some(200 | 400), true) => answers.set("token_reuse", true, told),
        _ => answers.say("token_reuse", "not told", told),
    }
}

async fn declined(till: &mut Till, answers: &mut Answers) -> Result<InvoiceId, Stop> {
    let invoice = till.invoice()?;
    let locked = TestCard::of(LOCKED[0], LOCKED[1], LOCKED[2]);
    let refused = refused(till, &invoice, Money::tenge(SUM), &locked).await?;
    let payment = till.payment(&invoice, Money::tenge(SUM));
    // Whatever comes of it, the answer was noted.
    let _ = till.gateway().status(&payment).await;
    let status = till.recorder().last("/check-status/");
    let name = status.as_ref().and_then(|status| status.seen.get("transaction.statusName"));
    let how = refused.unwrap_or_else(|| "approved".to_owned());
    let name = name.map_or("no statusName", String::as_str);
    answers.say("declined", format!("{how}, then {name}"), evidence(status.as_ref()));
    Ok(invoice)
}

/// A wrong PaRes ends a challenge, and shows how confirm answers.
async fn challenge(till: &mut Till, answers: &mut Answers, card: &TestCard) -> Result<(), Stop> {
    let invoice = till.invoice()?;
    let payment = match till.pay(&invoice, Money::tenge(SUM), card, false).await? {
        Paid::Challenge(payment) => payment,
        Paid::Yes(payment) => return till.give_back(&payment).await,
        Paid::No(_) | Paid::Neither(_) => return Ok(()),
    };
    let Some(challenge) = payment.challenge().cloned() else { return Ok(()) };
    let answer = || ThreeDsAnswer::new("eJzprobe".to_owned().into(), challenge.md.clone().into());
    till.recorder().change("/confirm", Change::NoToken);
    // Whatever comes of it, the answer was noted.
    let _ = till.gateway().confirm(&payment, answer()).await;
    let mut confirmed = till.recorder().last("/confirm");
    // Only what was turned away at the door is handed in again.
    let without = match confirmed.as_ref().and_then(|confirmed| confirmed.status) {
        Some(status) => status != 401 && status != 403,
        None => return Err(loose(&payment, &"the answer to confirm was lost")),
    };
    answers.set("confirm_without_token", without, evidence(confirmed.as_ref()));
    if !without {
        let _ = till.gateway().confirm(&payment, answer()).await;
        confirmed = till.recorder().last("/confirm");
    }
    let told = evidence(confirmed.as_ref());
    match confirmed.map(|confirmed| (confirmed.status, confirmed.kind)) {
        Some((Some(302 | 303 | 307), "a redirect")) => {
            answers.set("confirm_reply", "redirect302", told);
        }
        Some((Some(200), "a page")) => answers.set("confirm_reply", "page200", told),
        Some((Some(_), "JSON")) => answers.set("confirm_reply", "json", told),
        _ => answers.say("confirm_reply", "in another way", told),
    }
    let found = till.find(&payment).await?;
    match found.told("statusName") {
        Some("AUTH" | "CHARGE") => Err(loose(&payment, &"a wrong PaRes was taken")),
        name => {
            let name = name.unwrap_or("no statusName");
            answers.say("after_confirm", name, evidence(Some(&found.exchange)));
            Ok(())
        }
    }
}

async fn callbacks(
    till: &Till,
    answers: &mut Answers,
    listener: &Listener,
    base: &Payment,
    declined: &InvoiceId,
) {
    // Long enough for what comes late, and no longer than somebody chose to wait.
    till.pause(till.wait().min(Duration::from_secs(60))).await;
    let paid = listener.about(base.invoice().as_str());
    let refused = listener.about(declined.as_str());
    let hash = |posted: &[Vec<_>]| {
        posted.iter().flatten().any(|one: &super::callbacks::Posted| one.has_hash)
    };
    if !paid.is_empty() {
        let said = if hash(&paid) { "yes" } else { "no" };
        answers.say("secret_hash", said, "a callback about an approved payment");
        let most = paid.iter().map(|of_one| {
            let mut bodies: Vec<_> = of_one.iter().map(|posted| posted.body.clone()).collect();
            bodies.sort();
            bodies.dedup();
            bodies.len()
        });
        let most = most.max().unwrap_or_default();
        let told = format!("{most} different callbacks about a payment with three refunds");
        answers.set("callback_on_operations", most > 1, told);
    }
    if !refused.is_empty() {
        let told = "a callback about a declined payment";
        answers.set("secret_hash_on_failure", hash(&refused), told);
    }
}
