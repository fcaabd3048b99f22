//! Checks that need more than the file: whether the logs open, the bank answers, its key is the
//! right one, and the clocks agree.

use crate::apple_pay::ApplePay;
use crate::config::{CheckoutKind, Config, Finding, ShopConfig, days, left};
use crate::log::{FEW_INVOICES, Place};
use crate::ops::UNFETCHED;
use crate::shop;
use crate::webhook::{Endpoint, is_public};
use bytes::Bytes;
use epay::apple_pay::session::MerchantSession;
use epay::story::age;
use epay::{
    Bank, Environment, InvoiceId, ListQuery, Money, Payment, Timeouts, TokioClock, Transport,
    with_causes,
};
use epay_domain::{Clock, Fact, ListFilter, StoreLayer};
use epay_reqwest::ReqwestTransport;
use http::{Request, Response, header};
use std::error::Error;
use std::fmt;
use std::time::Duration;
use url::Url;

/// How far the clocks may be apart: signatures of webhooks are good for five minutes, tokens for twenty.
const APART: Duration = Duration::from_secs(30);
/// How long anybody may take.
const DEADLINE: Duration = Duration::from_secs(15);

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Diagnosis {
    /// It is as it should be.
    Good(String),
    /// It is not.
    Found(Finding),
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Diagnosis::Good(text) => write!(f, "good: {text}"),
            Diagnosis::Found(finding) => finding.fmt(f),
        }
    }
}

impl Config {
    /// Looks at everything that can be looked at from here, and tells each thing as it is found. It asks the
    /// bank for its key and for the status of a payment, and moves no money; it makes no log; to webhooks it
    /// sends nothing.
    pub async fn examine(&self, mut tell: impl FnMut(Diagnosis)) {
        self.check().into_iter().for_each(|finding| tell(Diagnosis::Found(finding)));
        let environment = match self.environment() {
            Ok(environment) => environment,
            // `check` has said it.
            Err(_) => return,
        };
        let transport = match ReqwestTransport::new() {
            Ok(transport) => transport,
            Err(error) => return tell(wrong(format!("TLS: {}", with_causes(&error)))),
        };
        tell(clock(&transport, &environment).await);
        tell(public_url(&transport, &self.file.public_url, environment.is_mock()).await);
        for shop in &self.file.shops {
            let mut tell = |told: Diagnosis| tell(told.of(&shop.name));
            let last = match self.log(shop, &mut tell).await {
                Ok(last) => last,
                Err(error) => {
                    tell(wrong(format!("log: {}", with_causes(&*error))));
                    None
                }
            };
            match shop::gateway(self, shop, environment.clone()) {
                Ok(bank) => ask(&bank, shop, last, &mut tell).await,
                Err(error) => tell(wrong(with_causes(&error))),
            }
            if let Ok(Some(apple_pay)) = ApplePay::open(self, shop) {
                examine_apple_pay(&apple_pay, &mut tell).await;
            }
            if shop.checkout == CheckoutKind::BankForm {
                tell(pay_form(&transport, &environment).await);
            }
            for webhook in &shop.webhooks {
                if let Ok(endpoint) = Endpoint::parse(&webhook.url, webhook.allow_private) {
                    tell(name_of_webhook(&endpoint, webhook.allow_private).await);
                }
            }
        }
    }

    /// What the log says of itself, and its newest invoice number.
    async fn log(
        &self,
        shop: &ShopConfig,
        tell: &mut impl FnMut(Diagnosis),
    ) -> Result<Option<InvoiceId>, Box<dyn Error + Send + Sync>> {
        let place = Place::of(self, shop)?;
        let missing = matches!(&place, Place::File(path) if !path.exists());
        if missing && shop.first_invoice.is_some() {
            tell(good("log: there is none yet; the first start makes it"));
            return Ok(None);
        }
        let log = place.open().await?;
        if log.is_shared() {
            tell(risky("log: other users of this machine may read it: chmod 600"));
        }
        let left = log.invoices_left().await?;
        let said = format!("log: {left} invoice numbers are left");
        tell(if left < FEW_INVOICES {
            risky(said + ": ask the bank for the next range")
        } else {
            good(said)
        });
        let open_since = TokioClock.now() - Timeouts::default().attention;
        let filter = ListFilter::NeedsAttention { open_since };
        let waiting = log.list(ListQuery { filter, ..ListQuery::newest(1) }).await?;
        if let Some((invoice, _)) = waiting.first() {
            tell(risky(format!(
                "log: a person has to look at invoice {invoice}, perhaps at more: `epay payments list \
                 --needs-attention`"
            )));
        }
        if shop.webhooks.is_empty() {
            let since = log.event_waits_since(&shop.terminal()?).await?;
            let waits = since.map(|since| TokioClock.now().since(since)).unwrap_or_default();
            if waits > UNFETCHED {
                tell(risky(format!(
                    "events: one waits since {}, there is no webhook, and nobody fetches /v1/events",
                    age(waits)
                )));
            }
        }
        let newest = log.list(ListQuery::newest(1)).await?;
        Ok(newest.into_iter().next().map(|(invoice, _)| invoice))
    }
}

/// Everything that is asked of the bank is safe to ask at any time.
async fn ask(
    bank: &impl Bank,
    shop: &ShopConfig,
    last: Option<InvoiceId>,
    tell: &mut impl FnMut(Diagnosis),
) {
    tell(match within(bank.bank_key()).await {
        None => wrong("bank: no key within 15 s"),
        Some(Ok(_)) => good("bank: it gave a key that is trusted"),
        Some(Err(error)) => wrong(format!("bank: {}", with_causes(&error))),
    });
    let known = last.or_else(|| shop.first_invoice().ok()?);
    let (Some(invoice), Ok(terminal)) = (known, shop.terminal()) else { return };
    let payment = Payment::open(invoice, Money::tenge(1), terminal);
    tell(match within(bank.status(&payment)).await {
        None => wrong("bank: no status within 15 s"),
        Some(Ok(told)) if told.fact == Fact::NotFound => {
            good("bank: it takes the credentials, and answers a status check")
        }
        Some(Ok(_)) => good("bank: it takes the credentials, and knows the newest payment"),
        Some(Err(error)) => wrong(format!("bank: a status check: {}", with_causes(&error))),
    });
}

async fn clock(transport: &impl Transport, environment: &Environment) -> Diagnosis {
    let before = TokioClock.now();
    let answer = match get(transport, environment.oauth_base()).await {
        Ok(answer) => answer,
        Err(why) => return wrong(format!("bank: {why}")),
    };
    let said = answer.headers().get(header::DATE).and_then(|date| date.to_str().ok());
    let Some(theirs) = said.and_then(|date| httpdate::parse_http_date(date).ok()) else {
        return risky("clock: the bank's answer has no date to compare with");
    };
    let theirs = theirs.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    // Between the request and its answer; the date has whole seconds.
    let ours = Duration::from_millis(before.unix_millis());
    let apart = ours.abs_diff(theirs);
    let said = format!("clock: {} s from the bank's", apart.as_secs());
    if apart > APART { wrong(said + ": set it by NTP") } else { good(said) }
}

async fn public_url(transport: &impl Transport, url: &str, mock: bool) -> Diagnosis {
    let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    let Some(host) = host else { return wrong("public_url is no address") };
    if !mock && let Err(why) = resolved(&host).await {
        return wrong(format!("public_url: {why}, so neither payers nor the bank come here"));
    }
    match get(transport, &format!("{}/healthz", url.trim_end_matches('/'))).await {
        Ok(answer) if answer.status().is_success() => {
            good("public_url: the service answers there, seen from here")
        }
        Ok(answer) => {
            let status = answer.status().as_u16();
            risky(format!("public_url: {status} at /healthz: does the proxy lead to the service?"))
        }
        Err(why) => risky(format!("public_url: {why}: does the service run?")),
    }
}

/// A merchant session costs nothing, and Apple gives one only if everything fits together.
async fn examine_apple_pay(apple_pay: &ApplePay, tell: &mut impl FnMut(Diagnosis)) {
    for (key, expires) in &apple_pay.expires {
        if let Some(left) = left(*expires) {
            tell(good(format!("apple pay: {key}: {} days are left", days(left))));
        }
    }
    let asked = apple_pay.transport.send(apple_pay.request.request().map(Bytes::from));
    tell(match within(asked).await {
        None => wrong("apple pay: no merchant session within 15 s"),
        Some(Err(error)) => wrong(format!("apple pay: {}", with_causes(&error))),
        Some(Ok(answer)) => match MerchantSession::read(answer) {
            Ok(_) => good("apple pay: apple gave a merchant session"),
            Err(error) => wrong(format!("apple pay: {}", with_causes(&error))),
        },
    });
}

/// Whether the script is there that payers' browsers load. That it works only a browser can tell.
async fn pay_form(transport: &impl Transport, environment: &Environment) -> Diagnosis {
    let Some(script) = environment.pay_form() else {
        return wrong("pay form: nobody has said where the bank's script is");
    };
    match get(transport, script).await {
        Ok(answer) if answer.status().is_success() => {
            good(format!("pay form: the bank's script is at {script}"))
        }
        Ok(answer) => wrong(format!("pay form: {} at {script}", answer.status().as_u16())),
        Err(why) => wrong(format!("pay form: {script}: {why}")),
    }
}

async fn name_of_webhook(endpoint: &Endpoint, private: bool) -> Diagnosis {
    let host = endpoint.host();
    match resolved(host).await {
        Err(why) if !private => wrong(format!("webhook: {why}")),
        _ => good(format!("webhook: {host} can be resolved; nothing was sent there")),
    }
}

/// Whether the name leads to an address of the internet.
async fn resolved(host: &str) -> Result<(), String> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let found = match within(tokio::net::lookup_host((bare, 443))).await {
        None => return Err(format!("{host} was not resolved within 15 s")),
        Some(Err(error)) => return Err(format!("{host} can't be resolved ({error})")),
        Some(Ok(found)) => found,
    };
    let public = found.into_iter().any(|at| is_public(at.ip()));
    if public { Ok(()) } else { Err(format!("{host} leads to no public address")) }
}

async fn get(transport: &impl Transport, url: &str) -> Result<Response<Bytes>, String> {
    let request = Request::get(url).body(Bytes::new()).map_err(|error| error.to_string())?;
    match within(transport.send(request)).await {
        None => Err("no answer within 15 s".to_owned()),
        Some(answer) => answer.map_err(|error| with_causes(&error)),
    }
}

async fn within<T>(work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(DEADLINE, work).await.ok()
}

impl Diagnosis {
    fn of(self, shop: &str) -> Diagnosis {
        let told = |text| format!("shop {shop}: {text}");
        match self {
            Diagnosis::Good(text) => Diagnosis::Good(told(text)),
            Diagnosis::Found(Finding::Wrong(text)) => wrong(told(text)),
            Diagnosis::Found(Finding::Risky(text)) => risky(told(text)),
        }
    }
}

fn good(text: impl Into<String>) -> Diagnosis {
    Diagnosis::Good(text.into())
}

fn risky(text: impl Into<String>) -> Diagnosis {
    Diagnosis::Found(Finding::Risky(text.into()))
}

fn wrong(text: impl Into<String>) -> Diagnosis {
    Diagnosis::Found(Finding::Wrong(text.into()))
}
