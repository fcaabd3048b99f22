//! The texts of the payer's pages, in Russian, Kazakh and English.

use crate::config::Words;

/// The texts of one language.
pub(crate) struct Texts {
    pub(crate) pay: &'static str,
    pub(crate) number: &'static str,
    pub(crate) expiry: &'static str,
    pub(crate) code: &'static str,
    pub(crate) holder: &'static str,
    pub(crate) wrong_number: &'static str,
    pub(crate) wrong_expiry: &'static str,
    pub(crate) wrong_code: &'static str,
    pub(crate) wrong_holder: &'static str,
    pub(crate) cannot_seal: &'static str,
    pub(crate) sealed_here: &'static str,
    pub(crate) no_script: &'static str,
    pub(crate) paid: &'static str,
    pub(crate) held: &'static str,
    pub(crate) given_back: &'static str,
    pub(crate) not_charged: &'static str,
    pub(crate) not_seen: &'static str,
    pub(crate) not_known: &'static str,
    pub(crate) awaiting: &'static str,
    pub(crate) go_on: &'static str,
    pub(crate) another_card: &'static str,
    pub(crate) apple_failed: &'static str,
    pub(crate) pay_at_bank: &'static str,
    pub(crate) typed_there: &'static str,
    pub(crate) at_bank: &'static str,
    pub(crate) open_bank: &'static str,
    pub(crate) opening: &'static str,
    pub(crate) cannot_open: &'static str,
    pub(crate) no_script_bank: &'static str,
    pub(crate) to_order: &'static str,
    pub(crate) to_shop: &'static str,
    pub(crate) expired: &'static str,
    pub(crate) too_many: &'static str,
    pub(crate) later: &'static str,
}

impl Words {
    /// The language that the payer chose, or their browser asks for first, or the shop's.
    pub(crate) fn of(chosen: Option<Words>, accept_language: Option<&str>, shop: Words) -> Words {
        let first = |header: &str| {
            header.split(',').find_map(|part| {
                let tag = part.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
                match tag.split('-').next() {
                    Some("ru") => Some(Words::Ru),
                    Some("kk") => Some(Words::Kk),
                    Some("en") => Some(Words::En),
                    _ => None,
                }
            })
        };
        chosen.or_else(|| accept_language.and_then(first)).unwrap_or(shop)
    }

    pub(crate) fn texts(self) -> &'static Texts {
        match self {
            Words::Ru => &RU,
            Words::Kk => &KK,
            Words::En => &EN,
        }
    }
}

static RU: Texts = Texts {
    pay: "Оплатить",
    number: "Номер карты",
    expiry: "Срок, ММ/ГГ",
    code: "CVC/CVV",
    holder: "Имя на карте",
    wrong_number: "Проверьте номер карты.",
    wrong_expiry: "Проверьте срок действия: месяц и год.",
    wrong_code: "Код — три или четыре цифры.",
    wrong_holder: "Введите имя латинскими буквами, как на карте.",
    cannot_seal: "Этот браузер не может зашифровать карту. Откройте страницу в другом браузере.",
    sealed_here: "Карта шифруется в вашем браузере ключом банка. Номер карты видит только банк.",
    no_script: "Для ввода карты нужен JavaScript: карта шифруется в вашем браузере. Включите его и обновите страницу.",
    paid: "Оплачено. Спасибо!",
    held: "Сумма удержана на вашей карте. Спасибо!",
    given_back: "Деньги возвращены на вашу карту.",
    not_charged: "Деньги не списаны. Попробуйте ещё раз.",
    not_seen: "Платёж в банке не найден. Можно оплатить ещё раз: если первый платёж всё же пройдёт, его вернут.",
    not_known: "Мы спрашиваем банк, прошёл ли платёж. Не платите ещё раз: страница обновится сама.",
    awaiting: "Банк ждёт вашего подтверждения.",
    go_on: "Перейти к подтверждению",
    another_card: "Другая карта",
    apple_failed: "Apple Pay не сработал. Деньги не списаны. Попробуйте ещё раз или оплатите картой.",
    pay_at_bank: "Оплатить на странице банка",
    typed_there: "Карту вы вводите на странице банка. Магазин её не видит.",
    at_bank: "Оплатите на странице банка. Если вы уже оплатили, подождите: эта страница обновится сама.",
    open_bank: "Открыть страницу банка",
    opening: "Открываем страницу банка…",
    cannot_open: "Страница банка не открылась. Вернитесь к заказу и попробуйте ещё раз.",
    no_script_bank: "Чтобы открыть страницу банка, нужен JavaScript. Включите его и вернитесь к заказу.",
    to_order: "Назад к заказу",
    to_shop: "Вернуться в магазин",
    expired: "Ссылка недействительна или устарела. Вернитесь в магазин и начните оплату заново.",
    too_many: "Слишком много попыток. Попробуйте через час.",
    later: "Сейчас не получается. Деньги не списаны. Попробуйте через минуту.",
};

static KK: Texts = Texts {
    pay: "Төлеу",
    number: "Карта нөмірі",
    expiry: "Мерзімі, АА/ЖЖ",
    code: "CVC/CVV",
    holder: "Картадағы аты-жөні",
    wrong_number: "Карта нөмірін тексеріңіз.",
    wrong_expiry: "Мерзімін тексеріңіз: айы мен жылы.",
    wrong_code: "Код — үш немесе төрт сан.",
    wrong_holder: "Аты-жөніңізді картадағыдай латын әріптерімен жазыңыз.",
    cannot_seal: "Бұл браузер картаны шифрлай алмайды. Бетті басқа браузерде ашыңыз.",
    sealed_here: "Карта браузеріңізде банктің кілтімен шифрланады. Карта нөмірін тек банк көреді.",
    no_script: "Картаны енгізу үшін JavaScript керек: карта браузеріңізде шифрланады. Оны қосып, бетті жаңартыңыз.",
    paid: "Төленді. Рақмет!",
    held: "Сома картаңызда ұсталды. Рақмет!",
    given_back: "Ақша картаңызға қайтарылды.",
    not_charged: "Ақша алынған жоқ. Қайталап көріңіз.",
    not_seen: "Төлем банкте табылмады. Қайта төлей аласыз: алғашқы төлем кейін өтсе, ол қайтарылады.",
    not_known: "Төлем өтті ме, банктен сұрап жатырмыз. Қайта төлемеңіз: бет өзі жаңарады.",
    awaiting: "Банк растауыңызды күтуде.",
    go_on: "Растауға өту",
    another_card: "Басқа карта",
    apple_failed: "Apple Pay істемеді. Ақша алынған жоқ. Қайталап көріңіз немесе картамен төлеңіз.",
    pay_at_bank: "Банк бетінде төлеу",
    typed_there: "Картаны банк бетінде енгізесіз. Дүкен оны көрмейді.",
    at_bank: "Банк бетінде төлеңіз. Төлеп қойсаңыз, күте тұрыңыз: бұл бет өзі жаңарады.",
    open_bank: "Банк бетін ашу",
    opening: "Банк беті ашылып жатыр…",
    cannot_open: "Банк беті ашылмады. Тапсырысқа оралып, қайталап көріңіз.",
    no_script_bank: "Банк бетін ашу үшін JavaScript керек. Оны қосып, тапсырысқа оралыңыз.",
    to_order: "Тапсырысқа оралу",
    to_shop: "Дүкенге оралу",
    expired: "Сілтеме жарамсыз немесе ескірген. Дүкенге оралып, төлемді қайта бастаңыз.",
    too_many: "Әрекет тым көп болды. Бір сағаттан кейін қайталаңыз.",
    later: "Қазір болмай тұр. Ақша алынған жоқ. Бір минуттан кейін қайталаңыз.",
};

static EN: Texts = Texts {
    pay: "Pay",
    number: "Card number",
    expiry: "Expiry, MM/YY",
    code: "CVC/CVV",
    holder: "Name on the card",
    wrong_number: "Check the card number.",
    wrong_expiry: "Check the expiry: month and year.",
    wrong_code: "The code is three or four digits.",
    wrong_holder: "Enter the name in Latin letters, as on the card.",
    cannot_seal: "This browser can't encrypt a card. Open the page in another one.",
    sealed_here: "The card is encrypted in your browser with the bank's key. Only the bank sees its number.",
    no_script: "To enter a card JavaScript is needed: the card is encrypted in your browser. Switch it on and reload.",
    paid: "Paid. Thank you!",
    held: "The sum is held on your card. Thank you!",
    given_back: "The money was returned to your card.",
    not_charged: "You were not charged. Please try again.",
    not_seen: "The bank knows of no payment. You can pay again: if the first payment goes through after all, it is given back.",
    not_known: "We are asking the bank whether you were charged. Do not pay again: this page refreshes itself.",
    awaiting: "Your bank waits for you to confirm.",
    go_on: "Go on to confirm",
    another_card: "Another card",
    apple_failed: "Apple Pay did not work. You were not charged. Try again, or pay by card.",
    pay_at_bank: "Pay at the bank's page",
    typed_there: "You enter your card at the bank's page. The shop does not see it.",
    at_bank: "Please pay at the bank's page. If you have paid already, wait a moment: this page refreshes itself.",
    open_bank: "Open the bank's page",
    opening: "Opening the bank's page…",
    cannot_open: "The bank's page did not open. Go back to the order and try again.",
    no_script_bank: "To open the bank's page JavaScript is needed. Switch it on and go back to the order.",
    to_order: "Back to the order",
    to_shop: "Back to the shop",
    expired: "This link is not valid any more. Go back to the shop and start again.",
    too_many: "Too many tries. Come back in an hour.",
    later: "It does not work right now. You were not charged. Try again in a minute.",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payers_choice_goes_before_their_browsers_and_that_before_the_shops() {
        for (chosen, header, expected) in [
            (Some(Words::En), Some("kk"), Words::En),
            (None, Some("de, kk-KZ;q=0.9, ru;q=0.8"), Words::Kk),
            (None, Some("en-GB"), Words::En),
            (None, Some("de"), Words::Ru),
            (None, None, Words::Ru),
        ] {
            assert_eq!(Words::of(chosen, header, Words::Ru), expected, "{header:?}");
        }
    }
}
