//! The shop that the service tells: it writes what it was told on the disk, answers badly now and then, and minds the order.

use std::{
    collections::{HashMap, HashSet},
    fs::{File, OpenOptions},
    io::Write as _,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use http::StatusCode;
use serde::Deserialize;

use crate::{
    Failure,
    dice::Dice,
    stage::{Tally, count},
    words::Told,
};

pub(crate) struct Webhooks {
    book: Mutex<Book>,
    tally: Arc<Tally>,
}

struct Book {
    file: File,
    dice: Dice,
    seen: HashSet<String>,
    /// By invoice: the furthest that its money was told to have gone.
    furthest: HashMap<String, u8>,
}

/// What is posted.
#[derive(Deserialize)]
struct Body {
    r#type: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    order: String,
    invoice: String,
    status: String,
    net_captured_minor: Option<u64>,
    refunded_minor: Option<u64>,
}

impl Webhooks {
    pub(crate) fn open(
        notifications: &Path,
        seed: u64,
        tally: Arc<Tally>,
    ) -> Result<Webhooks, Failure> {
        let file = notifications.join("webhooks.jsonl");
        let file = OpenOptions::new().create_new(true).append(true).open(file)?;
        let dice = Dice::new(seed, u64::MAX - 2);
        let (seen, furthest) = (HashSet::new(), HashMap::new());
        Ok(Webhooks { book: Mutex::new(Book { file, dice, seen, furthest }), tally })
    }

    pub(crate) fn take_in(&self, id: &str, body: &[u8]) -> StatusCode {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        if book.dice.percent(10) {
            return StatusCode::SERVICE_UNAVAILABLE;
        }
        match self.written(&mut book, id, body) {
            // Taken in, and the service never hears of it: it must come again, under the same name.
            Ok(()) if book.dice.percent(8) => StatusCode::INTERNAL_SERVER_ERROR,
            Ok(()) => StatusCode::OK,
            Err(_) => StatusCode::BAD_REQUEST,
        }
    }

    fn written(&self, book: &mut Book, id: &str, body: &[u8]) -> Result<(), Failure> {
        let Body { r#type, data } = serde_json::from_slice(body)?;
        let kind = r#type.strip_prefix("payment.").unwrap_or_default().to_owned();
        if book.seen.insert(id.to_owned()) {
            let (goes, furthest) =
                (how_far(&kind), book.furthest.entry(data.invoice.clone()).or_default());
            if (1..*furthest).contains(&goes) {
                eprintln!("{id} is told after what follows it");
                count(&self.tally.out_of_order, 1);
            }
            *furthest = goes.max(*furthest);
        }
        let captured = data.net_captured_minor.zip(data.refunded_minor);
        let told = Told {
            id: id.to_owned(),
            order: data.order,
            invoice: data.invoice,
            kind,
            // Our names have spaces where the API has none.
            status: data.status.replace('_', " "),
            captured: captured.map(|(net, refunded)| net + refunded),
            refunded: data.refunded_minor,
        };
        let mut text = serde_json::to_string(&told)?;
        text.push('\n');
        book.file.write_all(text.as_bytes())?;
        Ok(book.file.sync_data()?)
    }
}

/// How far money has gone; nothing of what says nothing about that.
fn how_far(kind: &str) -> u8 {
    match kind {
        "held" => 1,
        "captured" => 2,
        "refunded" | "voided" => 3,
        _ => 0,
    }
}
