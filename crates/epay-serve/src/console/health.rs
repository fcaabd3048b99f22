//! Health: how much is open in each log and how fast the log answers, drawn for the last hour; and what runs out.

use super::page::Page;
use super::session::Session;
use crate::bank_key::OLD;
use crate::config::{SOON, days, left};
use crate::log::FEW_INVOICES;
use crate::ops::{DEADLINE, UNFETCHED, Waiting};
use crate::service::App;
use crate::shop::ShopRef;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use epay::{TokioClock, story};
use epay_domain::Clock;
use maud::{Markup, html};
use std::collections::{HashMap, VecDeque};
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(15);
/// How many looks are kept: an hour of them.
const KEPT: usize = 240;
/// How high a plot is, of which the line takes all but its own breadth.
const HIGH: u64 = 36;

/// One look at a log.
#[derive(Clone, Copy)]
struct Sample {
    /// Nothing where it could not be read.
    waiting: Option<Waiting>,
    took: Duration,
}

/// The last looks at each shop's log, the oldest first. A process remembers its own.
#[derive(Default)]
pub(crate) struct Samples(Mutex<HashMap<String, VecDeque<Sample>>>);

impl Samples {
    fn add(&self, shop: &str, sample: Sample) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_shop = all.entry(shop.to_owned()).or_default();
        if of_shop.len() >= KEPT {
            of_shop.pop_front();
        }
        of_shop.push_back(sample);
    }

    fn of(&self, shop: &str) -> Vec<Sample> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(shop).map(|samples| samples.iter().copied().collect()).unwrap_or_default()
    }
}

/// Looks at every log again and again, until it is dropped.
pub(crate) async fn keep_looking(app: App) {
    loop {
        for shop in app.shops() {
            app.console().samples.add(&shop.name, look(shop).await);
        }
        TokioClock.sleep(EVERY).await;
    }
}

async fn look(shop: &ShopRef) -> Sample {
    let began = TokioClock.monotonic();
    let read = tokio::time::timeout(DEADLINE, Waiting::read(shop, TokioClock.now())).await;
    let took = TokioClock.monotonic().saturating_sub(began);
    Sample { waiting: read.ok().and_then(Result::ok), took }
}

/// `/console/health`.
pub(super) async fn show(State(app): State<App>, session: Session) -> Response {
    let mut parts = Vec::new();
    for shop in session.shops(&app) {
        let now = look(&shop).await;
        let mut samples = app.console().samples.of(&shop.name);
        samples.push(now);
        parts.push(of_shop(&shop, now, &samples));
    }
    let main = html! {
        h1 { "Health" }
        p.note { "Now, and by this process since an hour ago at most." }
        @for part in &parts { (part) }
    };
    let here = "/console/health";
    let page = Page { app: &app, session: &session, title: "Health", here, stream: None };
    page.show(StatusCode::OK, &main)
}

fn of_shop(shop: &ShopRef, now: Sample, samples: &[Sample]) -> Markup {
    let plot = |value: fn(&Waiting) -> u64| {
        drawn(&samples.iter().map(|it| it.waiting.as_ref().map(value)).collect::<Vec<_>>())
    };
    let took = samples.iter().map(|it| it.waiting.map(|_| millis(it.took)));
    html! {
        h2 { (shop.title) }
        @match now.waiting {
            None => p.said.bad role="alert" { "The log can't be read now." },
            Some(waiting) => div.plots {
                (figure("Needs attention", &waiting.needs_attention.to_string(), waiting.needs_attention > 0, &plot(|it| it.needs_attention)))
                (figure("Disputed", &waiting.disputed.to_string(), waiting.disputed > 0, &plot(|it| it.disputed)))
                (figure("Open", &waiting.open.to_string(), false, &plot(|it| it.open)))
                (figure("Oldest open", &story::age(waiting.oldest), false, &plot(|it| it.oldest.as_secs())))
                (figure("Log answers in", &format!("{} ms", millis(now.took)), false, &drawn(&took.collect::<Vec<_>>())))
                (figure("Invoices left", &waiting.invoices_left.to_string(), waiting.invoices_left < FEW_INVOICES, &plot(|it| it.invoices_left)))
            },
        }
        @if let Some(waits) = now.waiting.and_then(|it| it.unfetched) { (feed(waits)) }
        @if shop.seals() { (bank_key(shop.payments.bank_key_age())) }
        @if let Some(apple_pay) = &shop.apple_pay {
            @for (name, expires) in &apple_pay.expires { (certificate(name, *expires)) }
        }
    }
}

fn feed(waits: Duration) -> Markup {
    match waits {
        Duration::ZERO => line(false, "Events: none waits to be fetched"),
        waits => {
            let text = format!("Events: one waits to be fetched since {}", story::age(waits));
            line(waits > UNFETCHED, &text)
        }
    }
}

fn bank_key(age: Option<Duration>) -> Markup {
    match age {
        None => line(true, "The bank's key: none, so nobody pays by card"),
        Some(age) => line(age > OLD, &format!("The bank's key: {} old", story::age(age))),
    }
}

fn certificate(name: &str, expires: SystemTime) -> Markup {
    let left = left(expires).unwrap_or_default();
    line(left < SOON, &format!("Apple Pay, {name}: {} days left", days(left)))
}

fn line(is_bad: bool, text: &str) -> Markup {
    html! { p.said.bad[is_bad] { (text) } }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn figure(name: &str, value: &str, is_bad: bool, plot: &Markup) -> Markup {
    html! {
        figure {
            figcaption { (name) }
            b class=[is_bad.then_some("bad")] { (value) }
            (plot)
        }
    }
}

/// A line from the oldest to now, from zero up to the highest. Where there is nothing, the line is broken.
fn drawn(values: &[Option<u64>]) -> Markup {
    let highest = values.iter().flatten().copied().max().unwrap_or(0).max(1);
    let (mut path, mut pen) = (String::new(), 'M');
    let first = KEPT.saturating_sub(values.len());
    for (x, value) in (first..).zip(values) {
        let Some(value) = value else {
            pen = 'M';
            continue;
        };
        let up = u128::from(*value) * u128::from(HIGH) / u128::from(highest);
        let y = HIGH.saturating_sub(u64::try_from(up).unwrap_or(HIGH)) + 2;
        // Writing to a text does not fail.
        let _ = write!(path, "{pen}{x} {y}");
        pen = 'L';
    }
    html! {
        svg.plot viewBox="0 0 240 40" preserveAspectRatio="none" role="img"
            aria-label=(format!("highest {highest}")) {
            path d=(path) {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plot_ends_at_the_right_and_is_broken_where_nothing_was_read() {
        let path = |values: &[Option<u64>]| {
            let text = drawn(values).into_string();
            text.split_once("d=\"").unwrap().1.split_once('"').unwrap().0.to_owned()
        };
        assert_eq!(path(&[]), "");
        assert_eq!(path(&[Some(0), Some(10), None, Some(5)]), "M236 38L237 2M239 20");
        assert_eq!(path(&[Some(u64::MAX); 2]), "M238 2L239 2", "no overflow");
    }

    #[test]
    fn an_hour_is_kept_and_no_more() {
        let samples = Samples::default();
        for seconds in 0..500 {
            samples.add("books", Sample { waiting: None, took: Duration::from_secs(seconds) });
        }
        let kept = samples.of("books");
        assert_eq!((kept.len(), kept[0].took), (KEPT, Duration::from_secs(260)));
        assert!(samples.of("tools").is_empty());
    }
}
