//! The error book against two lists that were typed in from the evidence itself, not from the book.

use epay_domain::{Decline, ErrorCode, Finality, Language};

/// Every number that the bank's page, its iOS library or a client is known to have.
const KNOWN: &[i64] = &[
    -31, 0, 100, 293, 327, 454, 455, 456, 457, 458, 459, 460, 461, 462, 463, 464, 465, 466, 467,
    468, 469, 470, 471, 472, 473, 475, 476, 477, 478, 479, 480, 481, 482, 483, 484, 485, 486, 487,
    488, 489, 490, 491, 492, 493, 494, 495, 496, 497, 498, 499, 500, 501, 502, 503, 504, 505, 521,
    522, 523, 524, 525, 526, 527, 528, 529, 690, 703, 877, 1079, 1266, 1267, 1268, 1269, 1373,
    1563, 1564, 1565, 1568, 1569, 1570, 1611, 1612, 1636, 1654, 1759, 2032, 2092, 2249, 2326, 2357,
    2358, 2656, 2660, 2678, 2740, 2872, 3013, 3014, 3141, 3225, 3240, 3298, 3339,
];

/// What the bank's page calls not final: 454 as read, 459 in Kazakh, the rest as somebody transcribed it.
const CALLED_NOT_FINAL: &[i64] =
    &[-31, 100, 293, 454, 459, 690, 1267, 1268, 1269, 1563, 1564, 2358, 2656, 3014, 3225, 3240];

/// Known, but on no page of the bank's that anybody has read: nothing calls these final.
const ON_NO_PAGE: &[i64] = &[
    0, 327, 504, 505, 703, 1079, 1266, 1373, 1565, 1568, 1611, 1636, 1654, 1759, 2092, 3013, 3298,
    3339,
];

/// What was final before the book was made.
const FINAL_BEFORE: &[i64] = &[
    455, 457, 462, 463, 464, 465, 466, 467, 468, 469, 470, 471, 472, 473, 478, 479, 480, 481, 482,
    483, 484, 485, 486, 487, 488, 489, 490, 491, 492, 495, 498, 499, 501, 521, 523, 524, 525, 527,
    529, 1612, 2678, 2740, 2872, 3141, 3339,
];

#[test]
fn every_known_number_is_in_the_book_and_no_other() {
    let book: Vec<i64> = ErrorCode::all().iter().map(ErrorCode::code).collect();
    assert_eq!(book, KNOWN);
    for code in KNOWN {
        assert_eq!(ErrorCode::find(*code).unwrap().code(), *code);
    }
    for code in [i64::MIN, -32, 1, 474, 530, 3340, i64::MAX] {
        assert!(ErrorCode::find(code).is_none(), "{code}");
    }
}

#[test]
fn no_number_is_final_that_the_evidence_does_not_call_final() {
    for code in CALLED_NOT_FINAL.iter().chain(ON_NO_PAGE) {
        assert!(!Decline::from_code(*code).is_final(), "{code}");
    }
    for row in ErrorCode::all().iter().filter(|row| row.finality() == Finality::Final) {
        assert!(
            ["documented final", "observed final"].contains(&row.evidence()),
            "{} {}",
            row.code(),
            row.evidence()
        );
        // The page's column could be read up to 479.
        assert_eq!(row.evidence().starts_with("documented"), row.code() < 480, "{}", row.code());
    }
}

#[test]
fn no_number_has_become_final_and_one_is_not_any_more() {
    for row in ErrorCode::all() {
        let before = FINAL_BEFORE.contains(&row.code());
        let now = row.finality() == Finality::Final;
        assert_eq!(now, before && row.code() != 3339, "{}", row.code());
    }
}

#[test]
fn the_payer_reads_short_plain_sentences_in_the_language_asked_for() {
    for row in ErrorCode::all() {
        let code = row.code();
        for language in [Language::Russian, Language::Kazakh, Language::English] {
            for decline in [Decline::from_code(code), Decline::by_status(code)] {
                let text = decline.payer_text(language);
                let letters = text.chars().count();
                assert!((20..=125).contains(&letters), "{code}: {letters} letters: {text}");
                assert!(text.ends_with('.') && !text.contains("  "), "{code}: {text}");
                let cyrillic = text.chars().any(|letter| ('а'..='я').contains(&letter));
                assert_eq!(cyrillic, language != Language::English, "{code}: {text}");
                let kazakh = text.chars().any(|letter| "әғқңөұүіһ".contains(letter));
                assert_eq!(kazakh, language == Language::Kazakh, "{code}: {text}");
                for word in ["спис", "charged", "steal", "stolen", "украд", "ұрла", "3-D"]
                {
                    assert!(!text.contains(word), "{code} says {word}: {text}");
                }
            }
        }
    }
}
