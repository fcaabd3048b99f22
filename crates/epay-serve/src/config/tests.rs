//! Which files are accepted, and the findings of `--check` on them.

use super::*;

const GOOD: &str = r#"
public_url = "https://pay.example.kz"
bank = "production"
trusted_proxies = ["127.0.0.1"]

[[shop]]
name = "books"
title = "Books on Abay"
terminal = "67e34d63-102f-4bd1-898e-370781d0074d"
client_id = "books"
client_secret = { env = "PATH" } # whatever is there
store = "books.db"
return_url = "https://books.example.kz/orders/{order}"

[[shop.api_key]]
name = "site"
sha256 = "2bd806c97f0e00af1a1fc3328fa763a9269723c8db8fac4f93af71db186d6e90"
scopes = ["read", "pay"]

[[shop.webhook]]
url = "https://books.example.kz/epay"
secrets = [{ file = "webhook-secret" }]
"#;

/// The file in a folder of its own, with the secret of its webhook.
fn config(text: &str) -> (tempfile::TempDir, Config) {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("webhook-secret");
    std::fs::write(secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
    let file = folder.path().join("epay.toml");
    std::fs::write(&file, text).unwrap();
    let config = Config::read(file).unwrap();
    (folder, config)
}

#[track_caller]
fn check(from: &str, to: &str, expected: &[&str]) {
    assert!(GOOD.contains(from), "{from}");
    let (_folder, config) = config(&GOOD.replacen(from, to, 1));
    let found: Vec<String> = config.check().iter().map(ToString::to_string).collect();
    assert_eq!(found, expected, "{to}");
}

#[test]
fn each_mistake_is_said_in_words() {
    check("books", "books", &[]);
    check("[\"127.0.0.1\"]", "[\"::1\", \"10.0.0.0/8\"]", &[]);
    check(
        "[\"127.0.0.1\"]",
        "[\"the proxy\"]",
        &["wrong: trusted_proxies: no address and no network"],
    );
    check(
        "https://pay.example.kz",
        "http://pay.example.kz",
        &["wrong: public_url is not https: payers' browsers seal cards only there"],
    );
    check(
        "https://pay.example.kz",
        "https://pay.example.kz/epay",
        &["wrong: public_url has more than a host: the service wants one of its own"],
    );
    check(
        "bank = \"production\"",
        "bank = \"https://bank.example\"",
        &[
            "wrong: bank: neither production nor test; as an address: a mock of the bank is on loopback",
        ],
    );
    check(
        "name = \"books\"",
        "name = \"Books\"",
        &["wrong: shop Books: name: only small letters, digits and hyphens"],
    );
    check(
        "{ env = \"PATH\" }",
        "{ env = \"NOBODY_SETS_THIS\" }",
        &["wrong: shop books: client_secret: the environment's NOBODY_SETS_THIS is not set"],
    );
    check(
        "store = \"books.db\"",
        "store = \"postgres://epay:word@db/epay\"",
        &["wrong: shop books: store: a URL with a password: use { env = … }"],
    );
    check(
        "\"https://books.example.kz/orders/{order}\"",
        "\"javascript:alert(1)\"",
        &["wrong: shop books: return_url: not an https address"],
    );
    check(
        "sha256 = \"2b",
        "sha256 = \"",
        &["wrong: shop books: api_key.sha256: not 64 hexadecimal digits"],
    );
    check(
        "https://books.example.kz/epay",
        "https://10.0.0.7/epay",
        &["wrong: shop books: webhook.url: a private address, and no allow_private = true"],
    );
    check(
        "{ file = \"webhook-secret\" }",
        "",
        &["wrong: shop books: webhook.secrets: one, or two while it is changed"],
    );
    check(
        "{ file = \"webhook-secret\" }",
        "{ env = \"PATH\" }",
        &["wrong: shop books: webhook.secrets: not whsec_ and 24 to 64 bytes of base64"],
    );
}

#[test]
fn each_risk_is_said_in_words() {
    check(
        "bank = ",
        "listen = \"0.0.0.0:80\"\nbank = ",
        &[
            "risky: listen is 0.0.0.0:80, which other machines reach without TLS: put a proxy before it",
        ],
    );
    check(
        "trusted_proxies = [\"127.0.0.1\"]",
        "",
        &[
            "risky: trusted_proxies: there is none, so tries are counted for each order and not for each \
             payer's address",
        ],
    );
    check(
        "\"production\"",
        "\"test\"",
        &["risky: bank is the bank's test host: no payer is really charged"],
    );
    check(
        "return_url",
        "first_invoice = \"100000001\"\nreturn_url",
        &[
            "risky: shop books: first_invoice: makes a new log where there is none, also where the path is \
         wrong; take the line out when the log is there",
        ],
    );
    check(
        "[\"read\", \"pay\"]",
        "[\"pay\", \"refund\"]",
        &[
            "risky: shop books: api_key site: may pay and refund: a site that is broken into gives money back",
        ],
    );
}

#[test]
fn two_shops_share_no_name_terminal_or_key() {
    let second = GOOD.split_once("[[shop]]").unwrap().1;
    let (_folder, config) = config(&format!("{GOOD}\n[[shop]]{second}"));
    let found: Vec<String> = config.check().iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "wrong: two shops have the name books",
            "wrong: two shops have the terminal 67e34d63-102f-4bd1-898e-370781d0074d",
            "wrong: shop books: store: another shop's: each has a log of its own",
            "wrong: two API keys have the hash of site",
        ]
    );
}

#[test]
fn two_shops_have_no_log_together_however_it_is_written() {
    let shared = ["wrong: shop tools: store: another shop's: each has a log of its own"];
    for (one, other, expected) in [
        ("books.db", "tools.db", &[][..]),
        ("books.db", "./books.db", &shared),
        ("postgres://db.example.kz/shop", "postgres://db.example.kz/other", &[]),
        (
            "postgres://a@db.example.kz/shop",
            "postgres://b@db.example.kz/shop?sslmode=require",
            &shared,
        ),
    ] {
        let second = GOOD.split_once("[[shop]]").unwrap().1;
        let second = second.replace("name = \"books\"", "name = \"tools\"");
        let second = second.replace("67e34d63", "77e34d63").replace("2bd806c9", "3bd806c9");
        let text = format!(
            "{}\n[[shop]]{}",
            GOOD.replace("books.db", one),
            second.replace("books.db", other)
        );
        let (_folder, config) = config(&text);
        let found: Vec<String> = config.check().iter().map(ToString::to_string).collect();
        assert_eq!(found, expected, "{one} {other}");
    }
}

#[test]
fn a_password_in_a_store_is_wrong_and_not_printed() {
    for place in [
        "postgres://shop:hunter2@db.example.kz/shop",
        "postgres://shop@db.example.kz/shop?password=hunter2",
        "postgres://shop:hunter2@one.example.kz:5432,two.example.kz:5433/shop",
        "postgres://shop@one.example.kz:5432,two.example.kz:5433/shop?password=hunter2",
    ] {
        let (_folder, config) = config(&GOOD.replace("books.db", place));
        let found: Vec<String> = config.check().iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            ["wrong: shop books: store: a URL with a password: use { env = … }"],
            "{place}"
        );
        assert!(!config.printed().contains("hunter2"), "{}", config.printed());
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}

#[test]
fn unknown_keys_are_errors_and_a_secret_has_no_place() {
    for (from, to, says) in [
        ("bank = ", "banc = 1\nbank = ", "unknown field `banc`"),
        ("title = ", "titel = 1\ntitle = ", "unknown field `titel`"),
        ("scopes = ", "scope = 1\nscopes = ", "unknown field `scope`"),
        ("title = ", "checkout = \"form\"\ntitle = ", "`card` or `bank-form`"),
        ("{ env = \"PATH\" }", "\"hunter2\"", "client_secret: expected `env` or `file`"),
        ("[{ file = \"webhook-secret\" }]", "\"hunter2\"", "secrets: expected a sequence"),
        ("bank = ", "listen = \"hunter2\"\nbank = ", "listen: not what belongs there"),
        ("bank = ", "apple_domain_association = [\"hunter2\"]\nbank = ", "expected a string"),
        ("bank = ", "hunter2\nbank = ", "line 3"),
        ("\"books.db\"", "{ url = \"hunter2\" }", "expected a path, a URL, { env"),
    ] {
        let error = GOOD.replacen(from, to, 1).parse::<Config>().unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn what_is_printed_is_what_is_in_force_and_can_be_read_again() {
    let (_folder, config) = config(GOOD);
    let printed = config.printed();
    assert!(
        printed.contains("127.0.0.1:8810") && printed.contains("language = \"ru\""),
        "{printed}"
    );
    assert!(!printed.contains("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), "{printed}");
    assert_eq!(printed.parse::<Config>().unwrap().printed(), printed);
}

#[test]
fn operators_are_checked_and_their_hashes_are_not_printed() {
    let hash = crate::PasswordHash::of(&epay::Secret::new("correct horse battery")).unwrap();
    let operator = |name: &str, more: &str| {
        let hash = hash.expose();
        format!("[[operator]]\nname = '{name}'\npassword_hash = '{hash}'\nrole = 'view'\n{more}\n")
    };
    let (aida, again) = (operator("aida", "shops = ['books']"), operator("aida", ""));
    let capital = operator("Aida", "shops = ['toys']");
    let (_folder, config) = config(&format!("{GOOD}{aida}{again}{capital}"));
    let found: Vec<String> = config.check().iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "wrong: two operators have the name aida",
            "wrong: operator Aida: name: 1 to 32 small letters, digits and hyphens",
            "wrong: operator Aida: shops: there is no shop toys",
        ]
    );
    let printed = config.printed();
    assert!(printed.contains("name = \"aida\"") && !printed.contains("argon2"), "{printed}");
    let unknown = format!("{GOOD}{}", operator("aida", "mail = 'a@b'"));
    assert!(unknown.parse::<Config>().is_err());
}

#[test]
fn without_operators_no_answer_leads_to_a_console() {
    let timelines = crate::view::Timelines::of(&config(GOOD).1, "books");
    assert_eq!(timelines.page_of("100000001"), None);
}

#[test]
fn on_a_developers_machine_the_banks_test_host_is_good_enough_without_https() {
    let found = |url: &str, bank: &str| -> Vec<String> {
        let text = GOOD.replace("https://pay.example.kz", url).replace("\"production\"", bank);
        config(&text).1.check().iter().map(ToString::to_string).collect()
    };
    for url in ["http://127.0.0.1:8810", "http://localhost:8810", "http://[::1]:8810"] {
        let risky = found(url, "\"test\"");
        assert!(risky[0].starts_with("risky: public_url is this machine"), "{risky:?}");
        assert!(risky.iter().all(|line| line.starts_with("risky: ")), "{risky:?}");
        assert!(found(url, "\"production\"")[0].starts_with("wrong: public_url"), "{url}");
    }
    for url in ["http://192.168.0.7", "http://localhost.example.kz", "http://10.0.0.1"] {
        assert!(found(url, "\"test\"")[0].starts_with("wrong: public_url is not https"), "{url}");
    }
}
