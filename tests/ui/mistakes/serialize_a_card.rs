//! A card has no `Serialize`, so it gets into no queue, no session and no log: what may be kept is its mask.

use epay::Card;

fn right(card: &Card) -> serde_json::Result<String> {
    serde_json::to_string(&card.masked())
}

fn wrong(card: &Card) -> serde_json::Result<String> {
    serde_json::to_string(card)
}

fn main() {}
