//! The one question about Apple Pay that a merchant can ask alone: which format of the expiry the
//! bank accepts.

use std::time::{Duration, UNIX_EPOCH};

use epay::{
    ExpiryFormat, Method, Money, TokioClock,
    apple_pay::{self, EncryptedToken, Keys, Root, Verifier},
};
use epay_domain::Clock;
use zeroize::Zeroizing;

use super::{
    Args,
    answers::Answers,
    card::{evidence, look, unknown_payment, wrong_client},
    till::{Opened, Paid, Stop, Till},
};
use crate::{
    Failure,
    applepay::{files, inspect},
};

/// The least that can be refunded.
const SUM: Money = Money::tenge(10);
/// What the fake bank says to a form it does not take, and what the bank's page says to a wrong expiry.
const WRONG_EXPIRY: i64 = 457;

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Form {
    /// Apple's own: most likely.
    Yymmdd,
    /// As the bank's page has it.
    Ddmmyy,
    /// As for cards.
    Mmyy,
}

impl Form {
    fn format(self) -> ExpiryFormat {
        match self {
            Form::Yymmdd => ExpiryFormat::Yymmdd,
            Form::Ddmmyy => ExpiryFormat::Ddmmyy,
            Form::Mmyy => ExpiryFormat::Mmyy,
        }
    }
}

/// The token, if there is one: verified, opened, and for the least sum.
pub(super) fn open(args: &Args) -> Result<Option<Opened>, Failure> {
    let (Some(token), Some(cert), Some(key), Some(form)) =
        (&args.apple_pay, &args.cert, &args.key, args.expiry)
    else {
        return Ok(None);
    };
    let verifier = match &args.root {
        Some(root) => Verifier::trusting(Root::read(&files::read(root)?)?),
        None => Verifier::apple(),
    };
    let now = Duration::from_millis(TokioClock.now().unix_millis());
    let now = UNIX_EPOCH.checked_add(now).ok_or("the clock is too far in the future")?;
    let token = inspect::payment_data(&files::read(token)?);
    let keys = Keys::new([files::key(cert, key)?]);
    let payload = verifier.verify(EncryptedToken::parse(&token)?, now)?.open(&keys)?;
    let expected = apple_pay::expected(SUM, None).ok_or("the tenge has no number")?;
    let approved = payload.expect(&expected)?;
    let dpan = Zeroizing::new(approved.dpan().to_owned());
    match Method::try_from(approved)? {
        Method::ApplePay(apple_pay) => Ok(Some(Opened { apple_pay, dpan, format: form.format() })),
        _ => Err("an opened token is Apple Pay".into()),
    }
}

pub(super) async fn ask(
    till: &mut Till,
    answers: &mut Answers,
    opened: Opened,
) -> Result<(), Stop> {
    let invoice = till.invoice()?;
    wrong_client(till, answers, &invoice).await;
    unknown_payment(till, answers, &invoice).await?;
    let format = opened.format;
    let paid = till.pay_by_apple(&invoice, opened).await?;
    let reply = till.recorder().last("/cryptopay");
    let told = format!("{format:?}, {}", evidence(reply.as_ref()));
    let payment = match paid {
        Paid::Yes(payment) => payment,
        Paid::No(WRONG_EXPIRY) if format == ExpiryFormat::Mmyy => {
            answers.set("expiry", "card_four_apple_six", told);
            return Ok(());
        }
        Paid::No(code) => {
            answers.say("expiry", format!("{format:?} is refused with code {code}"), told);
            return Ok(());
        }
        Paid::Neither(status) => {
            answers.say("expiry", format!("HTTP {status}, and nothing is booked"), told);
            return Ok(());
        }
        Paid::Challenge(_) => {
            answers.say("expiry", format!("{format:?} is taken, with a challenge"), told);
            return Ok(());
        }
    };
    answers.say("latin", "yes", told.clone());
    match format {
        ExpiryFormat::Mmyy => answers.set("expiry", "four_or_six", told),
        _ => answers.say("expiry", format!("{format:?} is taken"), told),
    }
    let has_status = reply.as_ref().is_some_and(|reply| reply.seen.contains_key("status"));
    let shape = if has_status { "full" } else { "minimal" };
    answers.set("reply_shape", shape, evidence(reply.as_ref()));
    let found = till.find(&payment).await?;
    look(answers, &found);
    till.give_back(&payment).await
}
