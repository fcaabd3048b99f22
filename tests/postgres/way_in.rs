//! The way to the server: verified, to the one that takes writes, and nothing of a password is told.

use std::{error::Error, fs, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use epay::{InvoiceId, InvoiceNumbers, PostgresStore};
use epay_domain::{CloseReason, Command, Event, EventKind, Note, PaymentStore, Queue, Schedule};
use epay_store::{Erasure, PostgresError, PostgresErrorKind, PostgresOptions};
use epay_testkit::PostgresCluster;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use super::{
    lost_answers::{NOW, opened},
    place::{Place, numbers, options},
};

const PASSWORD: &str = "Pa55-that-nobody-may-see";
const LEASE: Duration = Duration::from_secs(60);

async fn connect(url: &str) -> Result<PostgresStore, PostgresError> {
    PostgresStore::connect(url).await
}

/// Gives up at once where no server is.
async fn connect_briefly(url: &str) -> Result<PostgresStore, PostgresError> {
    let brief = PostgresOptions::default().with_timeout(Duration::from_millis(200));
    PostgresStore::connect_with(url, brief).await
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// All that an error shows.
#[track_caller]
fn refused(connected: Result<PostgresStore, PostgresError>) -> (PostgresErrorKind, String) {
    let error = connected.map(|_| ()).unwrap_err();
    let mut told = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(cause) = source {
        told += &format!(" {cause} {cause:?}");
        source = cause.source();
    }
    (error.kind(), told)
}

#[tokio::test]
async fn no_url_is_repeated_whatever_is_wrong_with_it() {
    for url in [
        "mysql://shop:SECRET@db/shop",
        "postgres://shop:SECRET@/shop",
        "postgres://shop:SE/SECRET@db:x/shop",
        "postgres://shop:SECRET@db/shop?SECRET=1",
        "postgres://shop:SECRET@db/shop?connect_timeout=SECRET",
        "postgres://shop:SECRET@db/shop?sslrootcert=/nowhere/SECRET",
        "postgres://shop:1/SECRET@db/shop?sslmode=disable",
    ] {
        let url = url.replace("SECRET", PASSWORD);
        let (_, told) = refused(connect_briefly(&url).await);
        assert!(!told.contains(PASSWORD), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_the_roles_matter_and_in_no_error() {
    let Some(place) = Place::new().await else { return };
    let role =
        format!("DROP ROLE IF EXISTS guarded; CREATE ROLE guarded LOGIN PASSWORD '{PASSWORD}'");
    place.cluster.sql(place.database(), &role).unwrap();
    let url = |password: &str| place.url.replace("epay@", &format!("guarded:{password}@"));
    let wrong = format!("not-{PASSWORD}");
    let (kind, told) = refused(connect(&url(&wrong)).await);
    assert_eq!(kind, PostgresErrorKind::NotAllowed, "{told}");
    assert!(!told.contains(PASSWORD), "{told}");
    // The right one, of a role that may do nothing yet.
    let (kind, told) = refused(connect(&url(PASSWORD)).await);
    assert_eq!(kind, PostgresErrorKind::NotAllowed, "{told}");
    assert!(!told.contains(PASSWORD), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_and_who_erases_need_the_rights_that_the_docs_give_and_no_more() {
    let Some(cluster) = PostgresCluster::with("-F").unwrap() else { return };
    let owner = cluster.database().unwrap();
    let database = owner.rsplit_once('/').and_then(|(_, it)| it.split_once('?')).unwrap().0;
    PostgresStore::create(&owner, &numbers()).await.unwrap();
    let roles = "CREATE ROLE shop LOGIN; CREATE ROLE shop_eraser LOGIN";
    cluster.sql(database, roles).unwrap();
    cluster.sql(database, include_str!("../../docs/many-machines/roles.sql")).unwrap();
    let shop = owner.replace("epay@", "shop@");
    let store = connect(&shop).await.unwrap();
    let stored = opened(&store, "order").await;
    let note = Note::new("Aida: the payer is called Arman").unwrap();
    let close = Command::Close(CloseReason::ByPerson(note));
    let closed = [Event { at: NOW, kind: EventKind::Asked(close) }];
    let stored = store.append(&stored, &closed, Schedule::default()).await.unwrap();
    assert_eq!(
        store
            .claim_due(Queue::UnknownChecks, stored.payment.terminal(), NOW, 1, LEASE)
            .await
            .unwrap(),
        []
    );
    let not_allowed = |error: Box<dyn Error>| {
        let error = error.source().and_then(|it| it.downcast_ref()).map(PostgresError::kind);
        assert_eq!(error, Some(PostgresErrorKind::NotAllowed));
    };
    not_allowed(
        store
            .renumber(InvoiceNumbers::starting_at(InvoiceId::new("200000100").unwrap()))
            .await
            .unwrap_err()
            .into(),
    );

    let eraser = connect(&owner.replace("epay@", "shop_eraser@")).await.unwrap();
    not_allowed(eraser.append(&stored, &[], Schedule::default()).await.unwrap_err().into());
    let which = Erasure::Attempt(stored.payment.invoice().clone());
    assert_eq!(eraser.erase(&which).await.unwrap(), 1);

    // The tables are of an older program's, which the shop may not change.
    cluster.sql(database, "UPDATE epay.tables SET version = 0").unwrap();
    let (kind, told) = refused(connect(&shop).await);
    assert_eq!(kind, PostgresErrorKind::OlderSchema, "{told}");
    connect(&owner).await.unwrap();
    connect(&shop).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_hosts_the_one_that_takes_writes_is_used() {
    let Some(place) = Place::new().await else { return };
    let port = place.cluster.port();
    let one = format!("127.0.0.1:{port}");
    let url = place.url.replace(&one, &format!("127.0.0.1:1,{one}"));
    let store = PostgresStore::connect_with(&url, options()).await.unwrap();
    let stored = opened(&store, "order").await;
    // It becomes a server that only reads, and after a moment it writes again.
    let read_only = |is: &str| {
        let database = place.database();
        let set = format!(
            "ALTER DATABASE {database} SET default_transaction_read_only = {is}; \
             SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
             WHERE datname = '{database}'"
        );
        place.cluster.sql("postgres", &set).unwrap();
    };
    read_only("on");
    let (kind, told) = refused(connect_briefly(&place.url).await);
    assert_eq!(kind, PostgresErrorKind::Unreachable, "{told}");
    let (written, ()) = tokio::join!(store.append(&stored, &[], Schedule::default()), async {
        tokio::task::block_in_place(|| read_only("off"));
    });
    assert_eq!(written.unwrap().version.0, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_s_certificate_is_verified_unless_tls_is_switched_off() {
    let Some(cluster) = PostgresCluster::with("").unwrap() else { return };
    let url = |rest: &str| format!("postgres://epay@localhost:{}/postgres{rest}", cluster.port());
    let (kind, told) = refused(connect(&url("")).await);
    assert_eq!(kind, PostgresErrorKind::Tls, "a server without TLS is spoken to: {told}");

    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let install = |host: &str| {
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new([host.to_owned()]).unwrap().signed_by(&key, &root).unwrap();
        let key = pem("PRIVATE KEY", &key.serialize_der());
        for (file, pem) in
            [("server.crt", pem("CERTIFICATE", certificate.der())), ("server.key", key)]
        {
            let write = format!(
                "COPY (SELECT regexp_split_to_table('{}', E'\\n')) \
                 TO PROGRAM 'umask 077; cat > {file}'",
                pem.trim()
            );
            cluster.sql("postgres", &write).unwrap();
        }
        cluster.sql("postgres", "ALTER SYSTEM SET ssl = on").unwrap();
        cluster.sql("postgres", "SELECT pg_reload_conf()").unwrap();
    };
    let home = tempfile::tempdir().unwrap();
    let trusted = home.path().join("root.pem");
    fs::write(&trusted, pem("CERTIFICATE", root.der())).unwrap();
    let trusting = url(&format!("?sslrootcert={}", trusted.display()));

    install("localhost");
    // There is no log in this database, which is said over a connection that was verified.
    let missing = loop {
        let (kind, told) = refused(connect(&trusting).await);
        // Until the server has read its settings again.
        if kind != PostgresErrorKind::Tls || told.contains("UnknownIssuer") {
            break kind;
        }
    };
    assert_eq!(missing, PostgresErrorKind::Missing);
    let (kind, told) = refused(connect(&url("")).await);
    assert_eq!(kind, PostgresErrorKind::Tls, "a stranger's certificate is taken: {told}");
    let by_address = trusting.replace("localhost", "127.0.0.1");
    let (kind, told) = refused(connect(&by_address).await);
    assert_eq!(kind, PostgresErrorKind::Tls, "another host's certificate is taken: {told}");
}
