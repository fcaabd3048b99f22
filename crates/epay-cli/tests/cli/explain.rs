//! `epay explain` as a person types it.

use std::process::Command;

#[track_caller]
fn explained(args: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_epay")).arg("explain").args(args).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_refusal_is_explained_in_three_languages() {
    let expected = "\
484 insufficient funds

  final     yes: nothing was or will be taken
  evidence  observed final
  who acts  the payer
  retry     now, once the payer has put it right

The payer reads:
  ru        На карте недостаточно денег. Пополните карту или оплатите другой.
  kk        Картада ақша жеткіліксіз. Картаны толтырыңыз немесе басқа картамен төлеңіз.
  en        There is not enough money on the card. Top it up or pay with another card.
";
    assert_eq!(explained(&["484"]), expected);
    let kazakh = explained(&["484", "--lang", "kk"]);
    assert!(kazakh.contains("  kk ") && !kazakh.contains("  ru "), "{kazakh}");
}

#[test]
fn what_is_not_final_is_said_to_be_not_final() {
    for code in ["-31", "454", "999", "-7", "3240", "9223372036854775807"] {
        let text = explained(&[code, "--lang", "en"]);
        assert!(text.contains("  final     no:"), "{text}");
        assert!(text.contains("Do not pay again"), "{text}");
    }
    assert!(explained(&["999"]).starts_with("999 a number that nobody here knows\n"));
}

#[test]
fn a_result_code_is_told_apart() {
    let text = explained(&["102"]);
    assert!(text.starts_with("102 a number that nobody here knows\n"), "{text}");
    assert!(text.contains("another list of numbers. There 102 is: invoice not found"), "{text}");
    assert!(explained(&["100"]).starts_with("100 technical error\n"));
    assert!(explained(&["100"]).contains("There 100 is: found"));
}

#[test]
fn without_a_code_all_are_listed() {
    let text = explained(&[]);
    for line in ["484    yes    insufficient funds", "-31    no     ", "102    invoice not found"] {
        assert!(text.lines().any(|found| found.starts_with(line)), "{line} is not in\n{text}");
    }
}
