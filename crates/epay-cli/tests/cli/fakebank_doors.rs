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
