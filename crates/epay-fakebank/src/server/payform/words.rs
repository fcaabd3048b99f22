//! The texts of the pay form, in the bank's three languages.

use crate::messages::payer_text;

pub(in crate::server) struct Words {
    /// Of the page, as HTML names it.
    pub(in crate::server) language: &'static str,
    pub(super) title: &'static str,
    pub(super) order: &'static str,
    pub(super) number: &'static str,
    pub(super) expiry: &'static str,
    pub(super) cvc: &'static str,
    pub(super) pay: &'static str,
    pub(super) saved: &'static str,
    pub(super) another: &'static str,
    pub(super) save: &'static str,
    pub(super) check_number: &'static str,
    pub(super) check_expiry: &'static str,
    pub(super) check_cvc: &'static str,
    pub(super) to_issuer: &'static str,
    pub(super) approved: &'static str,
    pub(super) declined: &'static str,
    pub(super) working: &'static str,
    pub(super) look_again: &'static str,
    pub(super) code: &'static str,
    pub(super) reference: &'static str,
    pub(super) back: &'static str,
    pub(super) impossible: &'static str,
    pub(super) cards: &'static str,
    pub(in crate::server) three_ds: &'static str,
    pub(in crate::server) approve: &'static str,
    pub(in crate::server) decline: &'static str,
    pub(in crate::server) abandon: &'static str,
}

impl Words {
    /// What the payer may read of a decline.
    pub(super) fn of_decline(&self, code: u32) -> &'static str {
        let [russian, kazakh, english] = payer_text(code);
        match self.language {
            "en" => english,
            "kk" => kazakh,
            _ => russian,
        }
    }

    /// `rus`, `kaz` or `eng` (documented), in any casing; Russian without one.
    pub(in crate::server) fn of(language: &str) -> &'static Self {
        match language.to_lowercase().get(..2) {
            Some("en") => &ENGLISH,
            Some("ka" | "kk") => &KAZAKH,
            _ => &RUSSIAN,
        }
    }
}

const RUSSIAN: Words = Words {
    language: "ru",
    title: "Оплата заказа",
    order: "Заказ",
    number: "Номер карты",
    expiry: "Срок действия, ММ/ГГ",
    cvc: "CVC, код на обороте",
    pay: "Оплатить",
    saved: "Сохранённой картой",
    another: "Другой картой",
    save: "Сохранить карту для следующих покупок",
    check_number: "Проверьте номер карты",
    check_expiry: "Проверьте срок действия",
    check_cvc: "Проверьте CVC",
    to_issuer: "На страницу банка",
    approved: "Оплата прошла",
    declined: "Оплата не прошла",
    working: "Банк ещё обрабатывает оплату",
    look_again: "Обновить",
    code: "Код",
    reference: "Номер операции",
    back: "Вернуться в магазин",
    impossible: "Этот заказ оплатить нельзя. Сообщите магазину.",
    cards: "Это не банк: тестовые карты",
    three_ds: "Подтвердите оплату: {sum}, заказ {order}, карта {card}",
    approve: "Подтвердить",
    decline: "Отказаться",
    abandon: "Чтобы прервать оплату, закройте страницу.",
};

const KAZAKH: Words = Words {
    language: "kk",
    title: "Тапсырысты төлеу",
    order: "Тапсырыс",
    number: "Карта нөмірі",
    expiry: "Жарамдылық мерзімі, АА/ЖЖ",
    cvc: "CVC, артқы бетіндегі код",
    pay: "Төлеу",
    saved: "Сақталған картамен",
    another: "Басқа картамен",
    save: "Картаны келесі сатып алуларға сақтау",
    check_number: "Карта нөмірін тексеріңіз",
    check_expiry: "Жарамдылық мерзімін тексеріңіз",
    check_cvc: "CVC кодын тексеріңіз",
    to_issuer: "Банк бетіне өту",
    approved: "Төлем өтті",
    declined: "Төлем өтпеді",
    working: "Банк төлемді әлі өңдеп жатыр",
    look_again: "Жаңарту",
    code: "Код",
    reference: "Операция нөмірі",
    back: "Дүкенге оралу",
    impossible: "Бұл тапсырысты төлеу мүмкін емес. Дүкенге хабарлаңыз.",
    cards: "Бұл банк емес: сынақ карталары",
    three_ds: "Төлемді растаңыз: {sum}, тапсырыс {order}, карта {card}",
    approve: "Растау",
    decline: "Бас тарту",
    abandon: "Төлемді тоқтату үшін бетті жабыңыз.",
};

const ENGLISH: Words = Words {
    language: "en",
    title: "Pay for an order",
    order: "Order",
    number: "Card number",
    expiry: "Expires, MM/YY",
    cvc: "CVC, the code on the back",
    pay: "Pay",
    saved: "By a saved card",
    another: "By another card",
    save: "Save this card for next time",
    check_number: "Check the card number",
    check_expiry: "Check when it expires",
    check_cvc: "Check the CVC",
    to_issuer: "To your bank's page",
    approved: "Paid",
    declined: "Not paid",
    working: "The bank is still working on it",
    look_again: "Look again",
    code: "Code",
    reference: "Reference",
    back: "Back to the shop",
    impossible: "This order can't be paid. Please tell the shop.",
    cards: "Not a bank: test cards",
    three_ds: "Pay {sum} for order {order} with card {card}?",
    approve: "Approve",
    decline: "Decline",
    abandon: "To abandon the payment, close this page.",
};
