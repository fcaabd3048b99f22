//! The numbers of the error book. Made from crates/epay-domain/data/error-codes.toml by `cargo xtask codes --bless`: change that.

use super::{
    ErrorCode, PayerText,
    RetryAdvice::{AfterMerchant, AfterStatus, AnotherCard, Later, Now},
    WhoActs::{Merchant, Nobody, Payer},
};
use crate::Finality::{Final, NotFinal};

#[rustfmt::skip]
pub(super) const THREE_DS: PayerText = PayerText {
    ru: "Платёж не подтверждён: код от банка не введён или введён неверно. Попробуйте ещё раз.",
    kk: "Төлем расталмады: банктен келген код енгізілмеген немесе қате енгізілген. Қайталап көріңіз.",
    en: "The payment was not confirmed: the code from your bank is missing or wrong. Try again.",
};

#[rustfmt::skip]
pub(super) const ATTEMPTS: PayerText = PayerText {
    ru: "Слишком много неудачных попыток с этой картой. Оплатите другой картой.",
    kk: "Бұл картамен сәтсіз әрекеттер тым көп болды. Басқа картамен төлеңіз.",
    en: "There were too many failed attempts with this card. Pay with another card.",
};

#[rustfmt::skip]
pub(super) const BLOCKED: PayerText = PayerText {
    ru: "Карта заблокирована. Позвоните в свой банк или оплатите другой картой.",
    kk: "Карта бұғатталған. Банкіңізге қоңырау шалыңыз немесе басқа картамен төлеңіз.",
    en: "The card is blocked. Call your bank or pay with another card.",
};

#[rustfmt::skip]
pub(super) const BONUS: PayerText = PayerText {
    ru: "Бонусами сейчас оплатить нельзя. Оплатите без бонусов.",
    kk: "Қазір бонуспен төлеу мүмкін емес. Бонуссыз төлеңіз.",
    en: "Bonuses cannot be used now. Pay without them.",
};

#[rustfmt::skip]
pub(super) const CARD: PayerText = PayerText {
    ru: "Этой картой оплатить нельзя. Оплатите другой картой.",
    kk: "Бұл картамен төлеу мүмкін емес. Басқа картамен төлеңіз.",
    en: "This card cannot be used here. Pay with another card.",
};

#[rustfmt::skip]
pub(super) const COUNTRY: PayerText = PayerText {
    ru: "Карты этой страны здесь не принимают. Оплатите другой картой.",
    kk: "Мұнда бұл елдің карталары қабылданбайды. Басқа картамен төлеңіз.",
    en: "Cards from this country are not accepted here. Pay with another card.",
};

#[rustfmt::skip]
pub(super) const DETAILS: PayerText = PayerText {
    ru: "Данные карты указаны неверно. Проверьте номер, срок действия и код и попробуйте ещё раз.",
    kk: "Картаның деректері қате көрсетілген. Нөмірін, мерзімін және кодын тексеріп, қайталап көріңіз.",
    en: "The card details are wrong. Check the number, the date and the code, and try again.",
};

#[rustfmt::skip]
pub(super) const EXPIRED: PayerText = PayerText {
    ru: "Срок действия карты истёк. Оплатите другой картой.",
    kk: "Картаның мерзімі өтіп кеткен. Басқа картамен төлеңіз.",
    en: "The card has expired. Pay with another card.",
};

#[rustfmt::skip]
pub(super) const EXPIRY: PayerText = PayerText {
    ru: "Срок действия карты указан неверно. Проверьте его и попробуйте ещё раз.",
    kk: "Картаның жарамдылық мерзімі қате көрсетілген. Тексеріп, қайталап көріңіз.",
    en: "The expiry date is wrong. Check it and try again.",
};

#[rustfmt::skip]
pub(super) const FAILED: PayerText = PayerText {
    ru: "Платёж не прошёл. Попробуйте ещё раз или оплатите другой картой.",
    kk: "Төлем өтпеді. Қайталап көріңіз немесе басқа картамен төлеңіз.",
    en: "The payment did not go through. Try again or pay with another card.",
};

#[rustfmt::skip]
pub(super) const FUNDS: PayerText = PayerText {
    ru: "На карте недостаточно денег. Пополните карту или оплатите другой.",
    kk: "Картада ақша жеткіліксіз. Картаны толтырыңыз немесе басқа картамен төлеңіз.",
    en: "There is not enough money on the card. Top it up or pay with another card.",
};

#[rustfmt::skip]
pub(super) const INTERNET: PayerText = PayerText {
    ru: "Банк не разрешил оплату этой картой. Включите оплату в интернете в приложении своего банка или оплатите другой картой.",
    kk: "Банк бұл картамен төлеуге рұқсат бермеді. Банкіңіздің қосымшасында интернет-төлемді қосыңыз немесе басқа картамен төлеңіз.",
    en: "Your bank does not allow this card here. Switch internet payments on in your bank's app or pay with another card.",
};

#[rustfmt::skip]
pub(super) const ISSUER: PayerText = PayerText {
    ru: "Ваш банк отклонил платёж. Позвоните в свой банк или оплатите другой картой.",
    kk: "Банкіңіз төлемді қабылдамады. Банкіңізге қоңырау шалыңыз немесе басқа картамен төлеңіз.",
    en: "Your bank declined the payment. Call your bank or pay with another card.",
};

#[rustfmt::skip]
pub(super) const LATER: PayerText = PayerText {
    ru: "Платёж не прошёл. Попробуйте позже или оплатите другой картой.",
    kk: "Төлем өтпеді. Кейінірек қайталап көріңіз немесе басқа картамен төлеңіз.",
    en: "The payment did not go through. Try later or pay with another card.",
};

#[rustfmt::skip]
pub(super) const LIMIT: PayerText = PayerText {
    ru: "Сумма больше лимита карты. Увеличьте лимит в приложении своего банка или оплатите другой картой.",
    kk: "Сома карта лимитінен асып кетті. Банкіңіздің қосымшасында лимитті көбейтіңіз немесе басқа картамен төлеңіз.",
    en: "The sum is over the limit of the card. Raise the limit in your bank's app or pay with another card.",
};

#[rustfmt::skip]
pub(super) const NUMBER_OR_3DS: PayerText = PayerText {
    ru: "Ваш банк не смог подтвердить платёж, или номер карты указан неверно. Проверьте номер или оплатите другой картой.",
    kk: "Банкіңіз төлемді растай алмады немесе карта нөмірі қате. Нөмірді тексеріңіз немесе басқа картамен төлеңіз.",
    en: "Your bank could not confirm the payment, or the card number is wrong. Check it or pay with another card.",
};

#[rustfmt::skip]
pub(super) const OFTEN: PayerText = PayerText {
    ru: "Слишком много платежей по этой карте. Попробуйте позже или оплатите другой картой.",
    kk: "Бұл карта бойынша төлемдер тым көп. Кейінірек қайталап көріңіз немесе басқа картамен төлеңіз.",
    en: "There were too many payments with this card. Try later or pay with another card.",
};

#[rustfmt::skip]
pub(super) const SHOP: PayerText = PayerText {
    ru: "Магазин сейчас не может принять этот платёж. Напишите в магазин.",
    kk: "Дүкен қазір бұл төлемді қабылдай алмайды. Дүкенге хабарласыңыз.",
    en: "The shop cannot take this payment now. Please write to the shop.",
};

#[rustfmt::skip]
pub(super) const UNKNOWN: PayerText = PayerText {
    ru: "Мы пока не знаем, прошёл ли платёж. Не платите ещё раз: мы уточняем это в банке.",
    kk: "Төлем өтті ме, әзірше білмейміз. Қайта төлемеңіз: біз мұны банктен анықтап жатырмыз.",
    en: "We do not know yet whether your payment went through. Do not pay again: we are asking the bank.",
};

#[rustfmt::skip]
pub(super) const CODES: &[ErrorCode] = &[
    ErrorCode { code: -31, meaning: "its meaning is not known", evidence: "observed not final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 0, meaning: "success", evidence: "on no page that was read", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 100, meaning: "technical error", evidence: "observed not final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 293, meaning: "technical error", evidence: "observed not final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 327, meaning: "seen once on the test host, cause unknown", evidence: "on no page that was read", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 454, meaning: "failed, but the money may be held: check the status", evidence: "documented not final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 455, meaning: "3-D Secure unavailable or wrong card number", evidence: "documented final", finality: Final, who_acts: Payer, retry: Now, payer: &NUMBER_OR_3DS },
    ErrorCode { code: 456, meaning: "system error", evidence: "documented final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 457, meaning: "wrong expiry date", evidence: "documented final", finality: Final, who_acts: Payer, retry: Now, payer: &EXPIRY },
    ErrorCode { code: 458, meaning: "server not responding", evidence: "documented final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 459, meaning: "check the card number, or server not responding", evidence: "final in one language of the bank's page, not in another", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 460, meaning: "failed, but the money may be held: ask the bank", evidence: "documented final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 461, meaning: "system error, try later", evidence: "documented final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 462, meaning: "declined by the issuer", evidence: "documented final", finality: Final, who_acts: Payer, retry: AnotherCard, payer: &ISSUER },
    ErrorCode { code: 463, meaning: "declined by the issuer", evidence: "documented final", finality: Final, who_acts: Payer, retry: AnotherCard, payer: &ISSUER },
    ErrorCode { code: 464, meaning: "invalid merchant", evidence: "documented final", finality: Final, who_acts: Merchant, retry: AfterMerchant, payer: &SHOP },
    ErrorCode { code: 465, meaning: "card blocked", evidence: "documented final", finality: Final, who_acts: Payer, retry: AnotherCard, payer: &BLOCKED },
    ErrorCode { code: 466, meaning: "declined by the issuer", evidence: "documented final", finality: Final, who_acts: Payer, retry: AnotherCard, payer: &ISSUER },
    ErrorCode { code: 467, meaning: "card blocked", evidence: "documented final", finality: Final, who_acts: Payer, retry: AnotherCard, payer: &BLOCKED },
    ErrorCode { code: 468, meaning: "additional identification required", evidence: "documented final", finality: Final, who_acts: Payer, retry: AnotherCard, payer: &ISSUER },
    ErrorCode { code: 469, meaning: "invalid transaction", evidence: "documented final", finality: Final, who_acts: Payer, retry: Now, payer: &DETAILS },
    ErrorCode { code: 470, meaning: "zero amount", evidence: "documented final", finality: Final, who_acts: Merchant, retry: AfterMerchant, payer: &SHOP },
    ErrorCode { code: 471, meaning: "no such card", evidence: "documented final", finality: Final, who_acts: Payer, retry: Now, payer: &DETAILS },
    ErrorCode { code: 472, meaning: "no such card", evidence: "documented final", finality: Final, who_acts: Payer, retry: Now, payer: &DETAILS },
    ErrorCode { code: 473, meaning: "3-D Secure password wrong or missing", evidence: "documented final", finality: Final, who_acts: Payer, retry: Now, payer: &THREE_DS },
    ErrorCode { code: 475, meaning: "invalid response, repeat", evidence: "documented final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 476, meaning: "no action taken, wait for 30 minutes", evidence: "documented final", finality: NotFinal, who_acts: Nobody, retry: Later, payer: &LATER },
    ErrorCode { code: 477, meaning: "wrong format, or the operation already exists", evidence: "documented final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 478, meaning: "card expired", evidence: "documented final", finality: Final, who_acts: Payer, retry: AnotherCard, payer: &EXPIRED },
    ErrorCode { code: 479, meaning: "restricted card", evidence: "documented final", finality: Final, who_acts: Payer, retry: AnotherCard, payer: &CARD },
    ErrorCode { code: 480, meaning: "call the issuer", evidence: "observed final", finality: Final, who_acts: Payer, retry: AnotherCard, payer: &ISSUER },
    ErrorCode { code: 481, meaning: "lost card", evidence: "observed final", finality: Final, who_acts: Payer, retry: AnotherCard, payer: &CARD },
    ErrorCode { code: 482, meaning: "invalid card", evidence: "observed final", finality: Final, who_acts: Payer, retry: AnotherCard, payer: &CARD },
    ErrorCode { code: 483, meaning: "stolen card", evidence: "observed final", finality: Final, who_acts: Payer, retry: AnotherCard, payer: &CARD },
    ErrorCode { code: 484, meaning: "insufficient funds", evidence: "observed final", finality: Final, who_acts: Payer, retry: Now, payer: &FUNDS },
    ErrorCode { code: 485, meaning: "card expired", evidence: "observed final", finality: Final, who_acts: Payer, retry: AnotherCard, payer: &EXPIRED },
    ErrorCode { code: 486, meaning: "not permitted to the cardholder", evidence: "observed final", finality: Final, who_acts: Payer, retry: Now, payer: &INTERNET },
    ErrorCode { code: 487, meaning: "not permitted to merchant", evidence: "observed final", finality: Final, who_acts: Merchant, retry: AfterMerchant, payer: &SHOP },
    ErrorCode { code: 488, meaning: "amount over the limit", evidence: "observed final", finality: Final, who_acts: Payer, retry: Now, payer: &LIMIT },
    ErrorCode { code: 489, meaning: "restricted card", evidence: "observed final", finality: Final, who_acts: Payer, retry: AnotherCard, payer: &CARD },
    ErrorCode { code: 490, meaning: "card banned from payments", evidence: "observed final", finality: Final, who_acts: Payer, retry: AnotherCard, payer: &CARD },
    ErrorCode { code: 491, meaning: "frequency limit", evidence: "observed final", finality: Final, who_acts: Payer, retry: Later, payer: &OFTEN },
    ErrorCode { code: 492, meaning: "PIN attempts exceeded", evidence: "observed final", finality: Final, who_acts: Payer, retry: AnotherCard, payer: &ATTEMPTS },
    ErrorCode { code: 493, meaning: "the issuer did not answer in time", evidence: "observed final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 494, meaning: "the issuer is unavailable", evidence: "observed final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 495, meaning: "transaction prohibited", evidence: "observed final", finality: Final, who_acts: Payer, retry: AnotherCard, payer: &CARD },
    ErrorCode { code: 496, meaning: "system error, or the card has no 3-D Secure", evidence: "observed final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 497, meaning: "server not responding", evidence: "observed final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 498, meaning: "bonus payment unavailable", evidence: "observed final", finality: Final, who_acts: Payer, retry: Now, payer: &BONUS },
    ErrorCode { code: 499, meaning: "3-D Secure wrong or not entered", evidence: "observed final", finality: Final, who_acts: Payer, retry: Now, payer: &THREE_DS },
    ErrorCode { code: 500, meaning: "3-D Secure unavailable, or server not responding", evidence: "observed final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 501, meaning: "card service error", evidence: "observed final", finality: Final, who_acts: Payer, retry: AnotherCard, payer: &CARD },
    ErrorCode { code: 502, meaning: "server not responding", evidence: "observed final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 503, meaning: "3-D Secure is mandatory, or server not responding", evidence: "observed final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 504, meaning: "time-out", evidence: "on no page that was read", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 505, meaning: "more than three transactions", evidence: "on no page that was read", finality: NotFinal, who_acts: Nobody, retry: Later, payer: &OFTEN },
    ErrorCode { code: 521, meaning: "declined by the issuer", evidence: "observed final", finality: Final, who_acts: Payer, retry: AnotherCard, payer: &ISSUER },
    ErrorCode { code: 522, meaning: "record not found, check the card", evidence: "observed final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &DETAILS },
    ErrorCode { code: 523, meaning: "declined by the issuer", evidence: "observed final", finality: Final, who_acts: Payer, retry: AnotherCard, payer: &ISSUER },
    ErrorCode { code: 524, meaning: "invalid card", evidence: "observed final", finality: Final, who_acts: Payer, retry: AnotherCard, payer: &CARD },
    ErrorCode { code: 525, meaning: "invalid card", evidence: "observed final", finality: Final, who_acts: Payer, retry: AnotherCard, payer: &CARD },
    ErrorCode { code: 526, meaning: "system error", evidence: "observed final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 527, meaning: "declined by the issuer", evidence: "observed final", finality: Final, who_acts: Payer, retry: AnotherCard, payer: &ISSUER },
    ErrorCode { code: 528, meaning: "daily limit of the receiver", evidence: "observed final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &LATER },
    ErrorCode { code: 529, meaning: "daily limit of the terminal", evidence: "observed final", finality: Final, who_acts: Merchant, retry: AfterMerchant, payer: &SHOP },
    ErrorCode { code: 690, meaning: "the operations could not be read: check the status", evidence: "observed not final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 703, meaning: "failed, no reason told", evidence: "on no page that was read", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 877, meaning: "3-D Secure could not be finished", evidence: "observed final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &THREE_DS },
    ErrorCode { code: 1079, meaning: "the contact for the SMS is wrong (payment by link)", evidence: "on no page that was read", finality: NotFinal, who_acts: Merchant, retry: AfterMerchant, payer: &SHOP },
    ErrorCode { code: 1266, meaning: "technical error", evidence: "on no page that was read", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 1267, meaning: "no connection to the card system", evidence: "observed not final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 1268, meaning: "technical error", evidence: "observed not final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 1269, meaning: "technical error", evidence: "observed not final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 1373, meaning: "no saved cards under this account", evidence: "on no page that was read", finality: NotFinal, who_acts: Payer, retry: AnotherCard, payer: &CARD },
    ErrorCode { code: 1563, meaning: "HTTP error of the card system", evidence: "observed not final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 1564, meaning: "technical error", evidence: "observed not final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 1565, meaning: "the request could not be read", evidence: "on no page that was read", finality: NotFinal, who_acts: Merchant, retry: AfterStatus, payer: &SHOP },
    ErrorCode { code: 1568, meaning: "the answer could not be processed", evidence: "on no page that was read", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 1569, meaning: "technical error", evidence: "observed final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 1570, meaning: "technical error", evidence: "observed final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 1611, meaning: "error of the issuer", evidence: "on no page that was read", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 1612, meaning: "country of the card not allowed on the terminal", evidence: "observed final", finality: Final, who_acts: Merchant, retry: AnotherCard, payer: &COUNTRY },
    ErrorCode { code: 1636, meaning: "owner of the card not found", evidence: "on no page that was read", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &CARD },
    ErrorCode { code: 1654, meaning: "one-time password wrong", evidence: "on no page that was read", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &THREE_DS },
    ErrorCode { code: 1759, meaning: "could not be processed", evidence: "on no page that was read", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 2032, meaning: "technical error", evidence: "observed final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 2092, meaning: "this card can't pay", evidence: "on no page that was read", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &CARD },
    ErrorCode { code: 2249, meaning: "technical error", evidence: "observed final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 2326, meaning: "technical error", evidence: "observed final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 2357, meaning: "IIN and phone number do not belong together", evidence: "observed final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &DETAILS },
    ErrorCode { code: 2358, meaning: "information about the card is unavailable", evidence: "observed not final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 2656, meaning: "technical error", evidence: "observed not final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 2660, meaning: "technical error", evidence: "observed final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 2678, meaning: "limit of the terminal", evidence: "observed final", finality: Final, who_acts: Merchant, retry: AfterMerchant, payer: &SHOP },
    ErrorCode { code: 2740, meaning: "too many failed attempts with this card: 15 in 30 days", evidence: "observed final", finality: Final, who_acts: Payer, retry: AnotherCard, payer: &ATTEMPTS },
    ErrorCode { code: 2872, meaning: "declined by the issuer, never to be retried", evidence: "observed final", finality: Final, who_acts: Payer, retry: AnotherCard, payer: &CARD },
    ErrorCode { code: 3013, meaning: "technical error", evidence: "on no page that was read", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 3014, meaning: "technical error", evidence: "observed not final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 3141, meaning: "refund limit of the contract reached", evidence: "observed final", finality: Final, who_acts: Merchant, retry: AfterMerchant, payer: &SHOP },
    ErrorCode { code: 3225, meaning: "a refund by QR is in progress", evidence: "observed not final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 3240, meaning: "repeated payment", evidence: "observed not final", finality: NotFinal, who_acts: Nobody, retry: AfterStatus, payer: &FAILED },
    ErrorCode { code: 3298, meaning: "description over 125 Latin or 62 Cyrillic characters", evidence: "on no page that was read", finality: NotFinal, who_acts: Merchant, retry: AfterStatus, payer: &SHOP },
    ErrorCode { code: 3339, meaning: "wrong card data", evidence: "on no page that was read", finality: NotFinal, who_acts: Payer, retry: Now, payer: &DETAILS },
];
