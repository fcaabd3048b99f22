//! What an accountant gets: a table of what was taken, and what does not agree with the bank's registry.

use std::fs;

use epay::Money;

use super::shop::{LOG, PAID, Shop, WRONG_SUM};

const ALWAYS: &str = "2000-01-01..9999-01-01";

#[tokio::test]
async fn a_statement_has_a_row_for_each_attempt_whose_money_was_taken() {
    let shop = Shop::after_a_bad_week().await;
    let table = shop.epay(&["statement", LOG]).with(0);
    let mut rows = table.lines();
    let head = "day,time,invoice,order,terminal,currency,captured,refunded,operation,reference,\
                approval_code,card_mask";
    assert_eq!(rows.next(), Some(head));
    let paid = rows.find(|row| row.contains(PAID)).unwrap();
    let cells: Vec<&str> = paid.split(',').collect();
    assert_eq!(cells[3..8], ["order-1", cells[4], "KZT", "5000.00", "0.00"]);
    assert!(cells[9..].iter().all(|cell| !cell.is_empty()), "{paid}");
    assert_eq!(shop.epay(&["statement", LOG, "--day", ALWAYS]).with(0), table);
    let none = shop.epay(&["statement", LOG, "--day", "2001-01-01"]).with(0);
    assert_eq!(none.lines().collect::<Vec<_>>(), [head]);
}

#[tokio::test]
async fn a_registry_that_does_not_agree_is_for_a_person() {
    let shop = Shop::after_a_bad_week().await;
    let _ = shop.payments().refund("order-1", "refund-1", Money::tenge(1_000)).await.unwrap();
    let write = |rows: &str| {
        let head = "\u{feff}Дата;Номер заказа;Сумма\n";
        fs::write(shop.home.path().join("registry.csv"), format!("{head}{rows}")).unwrap();
    };
    let columns = ["--invoice", "Номер заказа", "--amount", "3", "--delimiter", ";"];
    let compare = |more: &[&str]| {
        let words = [&["compare", LOG, "registry.csv"], &columns[..], more].concat();
        shop.epay(&words)
    };
    write(&format!("24.11;{PAID};5 000,00\n25.11;{PAID};-1000\n"));
    let told = compare(&[]).with(0);
    assert!(told.starts_with("1 invoices agree, 0 are only in the registry, 0 differ\n"), "{told}");
    write(&format!(
        "24.11;{PAID};4 000,00\n24.11;{WRONG_SUM};1,234\n24.11;999999;10\n24.11;=1;10\n25.11;{PAID};-7\n"
    ));
    let told = compare(&["--day", ALWAYS]).with(3);
    for line in [
        "only in the registry  999999           10 in line 4",
        "only in the registry  =1               10 in line 5",
    ] {
        assert!(told.contains(line), "{told}");
    }
    assert!(told.contains("line 6: 7.00 back, which is no refund in the log"), "{told}");
    assert!(told.contains("line 3: \"1,234\" is not a sum"), "{told}");
    assert!(told.contains("only in the log       "), "{told}");
    let lines = compare(&["--json"]).with(3);
    let counts: serde_json::Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!(
        counts,
        serde_json::json!({
            "agree": 0, "only_in_registry": 2, "only_in_log": null, "differ": 2,
        })
    );
    let wrong = shop.epay(&["compare", LOG, "registry.csv", "--invoice", "RRN", "--amount", "1"]);
    assert!(wrong.with(2).contains("there is no column \"RRN\""));
}
