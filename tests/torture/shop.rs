//! What a shop and its payers send to the service, and what they read in its answers.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use epay::{PublicKey, TerminalId, TokioClock};
use epay_domain::{Clock as _, Exposed};
use epay_tests::bench::card_of;
use form_urlencoded::Serializer;
use http::{Method, StatusCode};
use reqwest::{Client, redirect::Policy};
use serde::Deserialize;
use serde_json::json;

use crate::{
    Failure,
    service::SHOPS,
    words::{Is, Said, StepIs, Wish},
};

/// How long somebody waits before they try again.
const PAUSE: Duration = Duration::from_millis(50);

pub(crate) struct Shop {
    url: String,
    /// What each shop says who it is by.
    keys: [String; 2],
    client: Client,
}

/// There was no answer.
struct Cut;

struct Reply {
    status: StatusCode,
    text: String,
}

/// An order, as the merchant API has it.
#[derive(Deserialize)]
struct Order {
    invoice: String,
    status: String,
    net_captured_minor: Option<u64>,
    checkout_url: Option<String>,
}

#[derive(Deserialize)]
struct Step {
    outcome: String,
}

impl Shop {
    pub(crate) fn new(url: String, keys: [String; 2]) -> Result<Shop, Failure> {
        let client = Client::builder().no_proxy().redirect(Policy::none()).build()?;
        Ok(Shop { url, keys, client })
    }

    pub(crate) async fn ask(&self, order: &str, two_stage: bool, wish: Wish) -> Option<Said> {
        let asked = Asked { shop: self, order, at: usize::from(two_stage) };
        match asked.said(wish).await {
            Ok(said) => Some(said),
            Err(Cut) => {
                TokioClock.sleep(PAUSE).await;
                None
            }
        }
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Reply, Cut> {
        let answer = request.send().await.map_err(|_| Cut)?;
        let status = answer.status();
        match status {
            StatusCode::BAD_GATEWAY => Err(Cut),
            _ => Ok(Reply { status, text: answer.text().await.map_err(|_| Cut)? }),
        }
    }

    async fn get(&self, url: &str) -> Result<Reply, Cut> {
        self.send(self.client.get(url)).await
    }

    async fn post(&self, url: &str, form: String) -> Result<Reply, Cut> {
        let request = self.client.post(url).body(form);
        self.send(request.header("content-type", "application/x-www-form-urlencoded")).await
    }
}

/// One order of one of the shops.
struct Asked<'a> {
    shop: &'a Shop,
    order: &'a str,
    at: usize,
}

impl Asked<'_> {
    async fn said(&self, wish: Wish) -> Result<Said, Cut> {
        match wish {
            Wish::Pay { amount, card } => self.pay(amount, &card).await,
            Wish::Confirm { state, form } => {
                // Whatever page comes: the order says how it stands.
                self.shop.post(&state, form).await?;
                self.stands().await
            }
            Wish::PaymentStatus => self.stands().await,
            Wish::Abandon => {
                let reply = self.api(Method::POST, "/abandon", "").await?;
                if !reply.status.is_success() {
                    return Ok(Said::Error(reply.text));
                }
                self.stands().await
            }
            Wish::Capture { step, amount } => {
                self.step(&format!("/capture/{step}"), Some(amount)).await
            }
            Wish::Void { step } => self.step(&format!("/void/{step}"), None).await,
            Wish::Refund { step, amount } => {
                self.step(&format!("/refunds/{step}"), Some(amount)).await
            }
            Wish::GiveUp { .. } => Ok(Said::Error("that is done by a person".to_owned())),
            Wish::Hint { body } => {
                let name = SHOPS.get(self.at).copied().unwrap_or_default();
                let url = format!("{}/shops/{name}/callback", self.shop.url);
                let reply = self.shop.post(&url, body).await?;
                let heard = reply.status.is_success();
                Ok(if heard { Said::HintOutcome } else { Said::Error(reply.text) })
            }
        }
    }

    async fn api(&self, method: Method, call: &str, body: &str) -> Result<Reply, Cut> {
        let url = format!("{}/v1/orders/{}{call}", self.shop.url, self.order);
        let request = self.shop.client.request(method, url).body(body.to_owned());
        let key = self.shop.keys.get(self.at).map_or("", String::as_str);
        self.shop.send(request.header("authorization", key)).await
    }

    /// The order is put, the payer opens its link, and what the script seals is posted.
    async fn pay(&self, amount: u64, card: &str) -> Result<Said, Cut> {
        let put = self.api(Method::PUT, "", &json!({ "amount_minor": amount }).to_string()).await?;
        let Ok(order) = serde_json::from_str::<Order>(&put.text) else {
            return Ok(Said::Error(put.text));
        };
        let link = order.checkout_url.unwrap_or_default();
        let page = self.shop.get(&link).await?;
        // Without a card form there is nothing to pay now.
        if let Some(form) = sealed(&page.text, card) {
            let next = self.shop.post(&link, form).await?;
            if let Some(is) = challenge(&next.text) {
                return Ok(Said::Payment { invoice: self.put_now().await?, is });
            }
        }
        self.stands().await
    }

    /// The invoice of the present attempt.
    async fn put_now(&self) -> Result<String, Cut> {
        let reply = self.api(Method::GET, "", "").await?;
        let order = serde_json::from_str::<Order>(&reply.text).map_err(|_| Cut)?;
        Ok(order.invoice)
    }

    async fn stands(&self) -> Result<Said, Cut> {
        let reply = self.api(Method::GET, "", "").await?;
        let Ok(order) = serde_json::from_str::<Order>(&reply.text) else {
            return Ok(Said::Error(reply.text));
        };
        let is = match order.status.as_str() {
            "new" => Is::New,
            "held" => Is::Held,
            "paid" => Is::Paid { kept: order.net_captured_minor.unwrap_or(0) },
            "declined" => Is::Declined,
            "not_executed" => Is::NotExecuted,
            "abandoned" => Is::Abandoned,
            "voided" | "refunded" | "verified" => Is::GivenBack,
            "awaiting_payer" => {
                let link = order.checkout_url.unwrap_or_default();
                let page = self.shop.post(&format!("{link}/continue"), String::new()).await?;
                challenge(&page.text).unwrap_or(Is::Unknown)
            }
            _ => Is::Unknown,
        };
        Ok(Said::Payment { invoice: order.invoice, is })
    }

    async fn step(&self, call: &str, amount: Option<u64>) -> Result<Said, Cut> {
        let body = amount.map(|amount| json!({ "amount_minor": amount }).to_string());
        let reply = self.api(Method::POST, call, &body.unwrap_or_default()).await?;
        let Ok(step) = serde_json::from_str::<Step>(&reply.text) else {
            return Ok(Said::Error(reply.text));
        };
        Ok(Said::Step(match step.outcome.as_str() {
            "done" => StepIs::Done,
            "declined" => StepIs::Declined,
            "not_sent" => StepIs::NotSent,
            "given_up" => StepIs::GivenUp,
            "superseded" => StepIs::Superseded,
            _ => StepIs::Unknown,
        }))
    }
}

/// What the script would post for this card; `None` where the page has no card form.
fn sealed(page: &str, number: &str) -> Option<String> {
    let key = PublicKey::from_der(&STANDARD.decode(attribute(page, "data-key")?).ok()?).ok()?;
    let terminal = TerminalId::new(&attribute(page, "data-terminal")?).ok()?;
    let card = card_of(number, "01/30", "321", "ARMAN ALI");
    let sealed = key.seal_card(card, &terminal).ok()?;
    let Exposed::Card { cryptogram } = sealed.expose() else { return None };
    let seen = attribute(page, "name=\"seen\" value")?;
    let pairs = [("cryptogram", cryptogram), ("holder", "ARMAN ALI"), ("seen", &seen)];
    Some(Serializer::new(String::new()).extend_pairs(pairs).finish())
}

/// What the page would post to the issuer by itself.
fn challenge(page: &str) -> Option<Is> {
    let field = |name: &str| attribute(page, &format!("name=\"{name}\" value"));
    Some(Is::AskPayer { state: field("TermUrl")?, pa_req: field("PaReq")?, md: field("MD")? })
}

fn attribute(page: &str, name: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!("{name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    let unescaped =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    Some(unescaped.iter().fold(value.to_owned(), |text, (from, to)| text.replace(from, to)))
}
