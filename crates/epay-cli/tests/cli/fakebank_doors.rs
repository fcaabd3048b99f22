//! The ways in to `epay fakebank` beside plain HTTP on loopback: TLS, other names, and other machines with a token.

use crate::fakebank::{FakeBank, run};
use std::process::Command;

#[test]
fn its_root_certificate_is_all_that_a_client_in_any_language_needs() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("root.pem");
    let path = file.to_str().unwrap();
    let (_bank, urls) = FakeBank::start(&["--tls", path, "--host-name", "bank.localhost"]);
    assert_eq!(urls["root_certificate"], path);
    let api = urls["api"].as_str().unwrap();
    assert!(api.starts_with("https://bank.localhost:"), "{api}");
    let key = format!("{}/public.rsa", api.replace("bank.localhost", "localhost"));
    let clients = [
        ("curl", format!("curl -sS --cacert {path} {key}")),
        ("curl", format!("curl -sS --cacert {path} {}", key.replace("localhost", "127.0.0.1"))),
        ("php", format!("php -d openssl.cafile={path} -r 'echo file_get_contents(\"{key}\");'")),
        (
            "node",
            format!(
                "NODE_EXTRA_CA_CERTS={path} node -e 'fetch(\"{key}\").then(it => it.text()).then(console.log)'"
            ),
        ),
        (
            "python3",
            format!(
                "SSL_CERT_FILE={path} python3 -c 'import urllib.request as it; print(it.urlopen(\"{key}\").read())'"
            ),
        ),
    ];
    for (program, line) in clients {
        let Some(_) = run(&urls, program, &["--version"]) else { continue };
        let told = run(&urls, "sh", &["-c", &line]).unwrap();
        assert!(told.contains("BEGIN PUBLIC KEY"), "{line}: {told}");
    }
    let strangers = Command::new("curl").args(["-sS", &key]).output();
    assert!(strangers.is_ok_and(|told| !told.status.success() && told.stdout.is_empty()));
}

#[test]
fn others_are_let_in_only_when_asked_and_the_books_want_the_token() {
    let (_bank, urls) =
        FakeBank::start(&["--public", "--addr", "0.0.0.0:0", "--admin-token", "letmein-17"]);
    assert_eq!(urls["admin_token"], "letmein-17");
    assert!(urls["api"].as_str().unwrap().starts_with("http://localhost:"));
    let status = |line: &str| {
        let line = format!("curl -sS -o /dev/null -w '%{{http_code}}' {line}");
        run(&urls, "sh", &["-c", &line]).unwrap()
    };
    for (line, expected) in [
        ("$EPAY_API/public.rsa", "200"),
        ("-H 'Host: bank.test' $EPAY_API/public.rsa", "200"),
        ("$EPAY_ADMIN/ledger", "401"),
        ("$EPAY_CONSOLE", "401"),
        ("-u any:wrong-token $EPAY_CONSOLE", "401"),
        ("-u any:letmein-17 $EPAY_CONSOLE", "200"),
        ("-H 'x-epay-admin: letmein-17' $EPAY_ADMIN/ledger", "200"),
        ("-H 'x-epay-admin: 1' -X POST $EPAY_ADMIN/reset", "401"),
        ("-u any:letmein-17 -X POST $EPAY_ADMIN/reset", "403"),
        ("-H 'x-epay-admin: letmein-17' -X POST $EPAY_ADMIN/reset", "200"),
    ] {
        assert_eq!(status(line), expected, "{line}");
    }
}

#[test]
fn a_name_that_was_not_given_is_refused() {
    let (_bank, urls) = FakeBank::start(&["--host-name", "bank.test", "--addr", "localhost:0"]);
    let api = urls["api"].as_str().unwrap();
    let (_, port) = api.strip_suffix("/api").unwrap().rsplit_once(':').unwrap();
    assert_eq!(api, format!("http://bank.test:{port}/api"));
    for (host, expected) in [("bank.test", "200"), ("BANK.test:1", "200"), ("other.test", "403")] {
        let line = format!(
            "curl -sS -o /dev/null -w '%{{http_code}}' -H 'Host: {host}' http://localhost:{port}/api/public.rsa"
        );
        assert_eq!(run(&urls, "sh", &["-c", &line]).unwrap(), expected, "{host}");
    }
}

#[test]
fn what_does_not_go_together_is_a_wrong_argument() {
    for arguments in [
        &["--admin-token", "letmein-17"][..],
        &["--public", "--admin-token", "short"],
        &["--host-name", "bank:80"],
        &["--addr", "192.0.2.1:0"],
        &["--keep-payments", "0"],
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_epay"));
        let output = command.arg("fakebank").args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}

/// The file of its page of the docs.
fn config() -> &'static str {
    let [config] = crate::fakebank::blocks("toml")[..] else { panic!("one file in TOML") };
    config
}

#[test]
fn a_file_has_merchants_terminals_and_cards_of_ones_own() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("bank.toml");
    std::fs::write(&file, config()).unwrap();
    let (_bank, urls) = FakeBank::start(&["--config", file.to_str().unwrap()]);
    let token = |client: &str, secret: &str| {
        let line = format!(
            "curl -sS -d 'grant_type=client_credentials&scope=payment&client_id={client}&client_secret={secret}' \
             $EPAY_OAUTH/oauth2/token"
        );
        run(&urls, "sh", &["-c", &line]).unwrap()
    };
    assert!(token("bookshop", "its-secret").contains("access_token"));
    let published = token(epay_fakebank::SANDBOX_CLIENT, epay_fakebank::SANDBOX_SECRET);
    assert!(published.contains("invalid_client"), "{published}");
    let cards = run(&urls, "sh", &["-c", "curl -sS $EPAY_ADMIN/cards"]).unwrap();
    assert!(cards.contains(r#"["4111111111111111","3-D Secure first, CVC 123"]"#), "{cards}");
    let settings = run(&urls, "sh", &["-c", "curl -sS $EPAY_ADMIN/settings"]).unwrap();
    assert!(settings.contains(r#""refund_report":"refund_total""#), "{settings}");
}

#[test]
fn what_is_wrong_in_the_file_is_told_by_its_line() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("bank.toml");
    let told = |text: &str| {
        std::fs::write(&file, text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_epay"));
        let output = command.arg("fakebank").arg("--config").arg(&file).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    let unknown = told(&format!("{}\nstagess = 1\n", config()));
    let lines = config().lines().count();
    assert!(unknown.contains(&format!("line {}", lines + 1)), "{unknown}");
    assert!(unknown.contains("unknown field `stagess`"), "{unknown}");
    let number = told("[[cards]]\nnumber = \"4111\"\ndoes = \"approve\"\n");
    assert!(number.contains("line 2") && number.contains("Luhn"), "{number}");
    let nowhere = config().replacen("67e3", "77e3", 1);
    assert!(told(&nowhere).contains("which is not there"));
}

#[test]
fn strict_turns_the_switches_that_are_kind() {
    let (_bank, urls) = FakeBank::start(&["--strict"]);
    let settings = run(&urls, "sh", &["-c", "curl -sS $EPAY_ADMIN/settings"]).unwrap();
    for switch in [r#""strict":true"#, r#""token_reuse":false"#, r#""check_card_details":true"#] {
        assert!(settings.contains(switch), "{settings}");
    }
}
