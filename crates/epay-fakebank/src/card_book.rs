//! The cards that the bank keeps, in the order in which they were saved, each found by its id and by its payer's account.

use std::collections::{HashMap, VecDeque};

use crate::{keep::Book, saved_cards::SavedCard};

#[derive(Clone, Debug, Default)]
pub(crate) struct CardBook {
    cards: Book<SavedCard>,
    by_id: HashMap<String, usize>,
    by_account: HashMap<String, VecDeque<usize>>,
}

impl CardBook {
    pub(crate) fn all(&self) -> &Book<SavedCard> {
        &self.cards
    }

    pub(crate) fn save(&mut self, card: SavedCard) {
        let at = self.cards.next_number();
        self.by_id.insert(card.id.clone(), at);
        self.by_account.entry(card.account.clone()).or_default().push_back(at);
        self.cards.push(card);
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<&SavedCard> {
        self.cards.by_number(*self.by_id.get(id)?)
    }

    /// For what changes neither its id nor its account.
    pub(crate) fn by_id_mut(&mut self, id: &str) -> Option<&mut SavedCard> {
        self.cards.by_number_mut(*self.by_id.get(id)?)
    }

    pub(crate) fn of_account(&self, account: &str) -> impl Iterator<Item = &SavedCard> {
        let places = self.by_account.get(account).into_iter().flatten();
        places.filter_map(|at| self.cards.by_number(*at))
    }

    /// Forgets the cards that were saved first.
    pub(crate) fn forget(&mut self, count: usize) {
        let Self { cards, by_id, by_account } = self;
        for card in cards.forget(count) {
            by_id.remove(&card.id);
            // The oldest of all is the oldest of its account.
            let left = by_account.get_mut(&card.account).map(|places| {
                places.pop_front();
                places.len()
            });
            if left == Some(0) {
                by_account.remove(&card.account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Bank, Endpoint, Keep, Millis, SANDBOX_TERMINAL, Settings, cards};

    fn save(bank: &mut Bank, account: &str, at: u64) -> String {
        let now = Millis(at);
        let kept = |bank: &mut Bank| bank.save_card(SANDBOX_TERMINAL, account, cards::VISA_OK, now);
        bank.perform(Endpoint::Cryptopay, "1000001", now, kept).value.flatten().unwrap()
    }

    fn ids_of<'a>(bank: &'a Bank, account: &'a str) -> Vec<&'a str> {
        bank.saved_cards.of_account(account).map(|card| card.id.as_str()).collect()
    }

    #[test]
    fn the_cards_of_an_account_are_found_in_their_order_and_those_of_others_not() {
        let mut bank = Bank::new(Settings::default());
        let ids = ["7", "8", "7"].map(|account| save(&mut bank, account, 0));
        assert_eq!(ids_of(&bank, "7"), [ids[0].as_str(), ids[2].as_str()]);
        assert_eq!(ids_of(&bank, "8"), [ids[1].as_str()]);
        assert!(ids_of(&bank, "9").is_empty() && bank.saved_cards.by_id("9").is_none());
        assert_eq!(bank.saved_cards().len(), 3);
    }

    #[test]
    fn what_is_forgotten_is_found_by_nothing_and_leaves_nothing_behind() {
        for keep in
            [Keep { payments: Some(4), millis: None }, Keep { payments: None, millis: Some(5) }]
        {
            let mut bank = Bank::new(Settings { keep, ..Settings::default() });
            let accounts = ["once"].into_iter().chain(["often"; 7]);
            let ids: Vec<String> =
                accounts.zip(0..).map(|(account, at)| save(&mut bank, account, at)).collect();
            let kept = ids.iter().filter(|id| bank.saved_cards.by_id(id).is_some());
            let kept: Vec<&str> = kept.map(String::as_str).collect();
            assert!(kept.len() <= 6 && kept.last() == ids.last().map(String::as_str).as_ref());
            assert_eq!(ids_of(&bank, "often"), kept);
            let book = &bank.saved_cards;
            assert_eq!((book.by_id.len(), book.by_account.len()), (kept.len(), 1));
        }
    }
}
