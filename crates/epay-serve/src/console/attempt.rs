//! An attempt's page: its state, its known facts, and its timeline.

use super::act::result_message;
use super::list::{attempt_address, badge, no_such_page};
use super::page::{self, Page};
use super::session::Session;
use super::ways_out::{WaysOut, random_name};
use super::{conflict, live, timeline};
use crate::checkout::sum;
use crate::service::App;
use crate::shop::ShopRef;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use epay::{Attempt, InvoiceId, PayErrorKind, TokioClock, story};
use epay_domain::{Clock, Event, Timestamp};
use maud::{Markup, html};
use serde::Deserialize;

/// An attempt with its log, as a page is made of it.
pub(super) struct Case {
    pub(super) shop: ShopRef,
    pub(super) attempt: Attempt,
    pub(super) history: Vec<Event>,
    pub(super) now: Timestamp,
    /// The order's attempt that counts, where that is another one.
    present: Option<InvoiceId>,
    /// Where its changes are told.
    stream: String,
}

impl Case {
    /// The case that the path names, or the page that says why not.
    pub(super) async fn find(
        app: &App,
        session: &Session,
        shop: &str,
        invoice: &str,
    ) -> Result<Case, Response> {
        let shop = session.shop(app, shop).ok_or_else(no_such_page)?;
        let invoice = InvoiceId::new(invoice).map_err(|_| no_such_page())?;
        let (operator, later) = (shop.payments.operator(), |error: epay::PayError| {
            if error.kind() == PayErrorKind::NoSuchAttempt {
                return no_such_page();
            }
            tracing::error!(%error, "an attempt can't be shown");
            let text = "The log can't be read now. Payments are not touched by that.";
            page::refused(StatusCode::SERVICE_UNAVAILABLE, "Not now", text)
        });
        let stream = live::address(std::slice::from_ref(&shop), &shop.name, Some(&invoice)).await;
        let attempt = operator.attempt(&invoice).await.map_err(later)?;
        let present = operator.attempt(attempt.order()).await.map_err(later)?;
        let history = shop.payments.history(&invoice).await.map_err(later)?;
        let present = Some(present.invoice().clone()).filter(|present| *present != invoice);
        Ok(Case { shop, attempt, history, now: TokioClock.now(), present, stream })
    }

    /// Whether it is the attempt of its order that counts.
    pub(super) fn counts(&self) -> bool {
        self.present.is_none()
    }
}

/// What the address has after an act.
#[derive(Deserialize)]
pub(super) struct After {
    #[serde(default)]
    done: String,
}

pub(super) async fn show(
    State(app): State<App>,
    session: Session,
    Path((shop, invoice)): Path<(String, String)>,
    Query(After { done }): Query<After>,
) -> Response {
    match Case::find(&app, &session, &shop, &invoice).await {
        Ok(case) => {
            let here = format!("/console/shops/{}", case.shop.name);
            let title = format!("Invoice {}", case.attempt.invoice());
            let stream = Some(case.stream.as_str());
            let page = Page { app: &app, session: &session, title: &title, here: &here, stream };
            let name = random_name().unwrap_or_default();
            let ways = WaysOut { case: &case, session: &session, name };
            page.show(StatusCode::OK, &main(&case, &ways, &done))
        }
        Err(instead) => instead,
    }
}

fn main(case: &Case, ways: &WaysOut<'_>, done: &str) -> Markup {
    let (attempt, answer) = (&case.attempt, case.attempt.answer());
    html! {
        h1 { (attempt.order().as_str()) }
        p.head {
            b.sum { (sum(attempt.payment().ordered())) } " " (badge(answer.status))
        }
        p.answer {
            "Payer charged: " b { (answer.payer_charged) }
            " · Next: " b { (answer.acts_next) } ", " (answer.next_call)
        }
        @if let Some(present) = &case.present {
            p.said { "This is an older attempt. The one that counts is "
                a href=(attempt_address(&case.shop, present)) { (present) } "." }
        }
        @if let Some((class, text)) = result_message(done) { p.said .(class) role="status" { (text) } }
        (conflict::shown(case))
        div.columns {
            section aria-labelledby="happened" {
                h2 #happened { "What happened" }
                (timeline::drawn(attempt.payment(), &case.history))
            }
            div {
                section aria-labelledby="can" {
                    h2 #can { "What you can do" }
                    (ways.shown())
                }
                section aria-labelledby="facts" {
                    h2 #facts { "What is known" }
                    (facts(case))
                }
            }
        }
    }
}

fn facts(case: &Case) -> Markup {
    let payment = case.attempt.payment();
    let (details, steps) = (payment.details(), story::steps(payment));
    let text = |it: Option<epay_domain::BankText>| it.map(|text| text.as_str().to_owned());
    let known = [
        ("Invoice", Some(payment.invoice().to_string())),
        ("Status", Some(story::known(payment))),
        ("Waiting for", story::pending(payment, case.now)),
        ("Net captured", case.attempt.net_captured().map(sum)),
        ("Card", text(details.card_mask)),
        ("RRN", text(details.reference)),
        ("Approval", text(details.approval_code)),
        ("Operation", payment.transaction().map(ToString::to_string)),
        ("Terminal", Some(payment.terminal().to_string())),
    ];
    html! {
        dl.facts {
            @for (name, value) in &known {
                @if let Some(value) = value { dt { (name) } dd { (value) } }
            }
            @if !steps.is_empty() {
                dt { "Steps" }
                dd { @for step in &steps { div { (step) } } }
            }
        }
    }
}
