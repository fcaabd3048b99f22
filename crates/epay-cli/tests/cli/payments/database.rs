//! A log in PostgreSQL is named by its URL wherever a file is named, and its password is told to nobody.

use std::fs;

use epay_testkit::PostgresCluster;

use super::shop::{run, run_with};

const PASSWORD: &str = "Pa55-that-nobody-may-see";

#[test]
fn a_url_is_a_log_like_a_file() {
    let Some(cluster) = PostgresCluster::shared() else { return };
    let url = cluster.database().unwrap();
    let told = url.replace("?sslmode=disable", "");
    let home = tempfile::tempdir().unwrap();
    let epay = |arguments: &[&str]| {
        let ended = run(home.path(), arguments);
        assert!(!ended.out.contains(PASSWORD), "{}", ended.out);
        assert!(!ended.err.contains(PASSWORD), "{}", ended.err);
        ended
    };
    let missing = epay(&["list", &url]).with(1);
    let begin = format!("epay: {told}: there is no log in this database. Is it the right");
    assert!(missing.starts_with(&begin), "{missing}");
    let create = ["create", &url, "--first-invoice", "100000001"];
    let made = epay(&create).with(0);
    assert_eq!(
        made,
        format!("made {told}, which gives out 1000000 invoice numbers from 100000001 on\n")
    );
    let again = epay(&create).with(1);
    assert!(again.contains("there is a log in this database. It is kept as it is"), "{again}");
    epay(&["list", &url]).with(0);
    let renumbered = epay(&["renumber", &url, "200000001"]).with(0);
    assert!(renumbered.starts_with(&told), "{renumbered}");
    let absent = epay(&["show", &url, "100000001"]).with(1);
    assert!(absent.contains("there is no invoice 100000001"), "{absent}");
    let copied = epay(&["backup", &url, "copy.db"]).with(2);
    assert!(copied.contains("pg_dump"), "{copied}");
    let migrated = epay(&["migrate", &url]).with(0);
    assert_eq!(migrated, format!("{told} has the tables of this version\n"));
    fs::write(home.path().join("url"), format!("{url}\n")).unwrap();
    epay(&["list", "@url"]).with(0);
    let nowhere = epay(&["list", "@none"]).with(1);
    assert!(nowhere.starts_with("epay: @none: "), "{nowhere}");
    let with_password = url.replace("epay@", &format!("epay:{PASSWORD}@"));
    let warning = epay(&["list", &with_password]);
    assert_eq!(warning.code, Some(0));
    assert!(warning.err.contains("whoever lists the processes"), "{}", warning.err);
    let mistyped = format!("postgres://shop:{PASSWORD}@db:port/shop");
    let text = epay(&["list", &mistyped]).with(1);
    assert!(text.contains("the database's url can't be understood"), "{text}");
}

#[test]
fn a_password_comes_from_the_environment() {
    let Some(cluster) = PostgresCluster::shared() else { return };
    let url = cluster.database().unwrap();
    let grant = format!("CREATE ROLE guarded LOGIN SUPERUSER PASSWORD '{PASSWORD}'");
    cluster.sql("postgres", &grant).unwrap();
    let url = url.replace("epay@", "guarded@");
    let home = tempfile::tempdir().unwrap();
    let create = ["create", &url, "--first-invoice", "100000001"];
    let refused = run(home.path(), &create).with(1);
    assert!(refused.contains("the server does not let this user do it"), "{refused}");
    run_with(home.path(), &create, &[("PGPASSWORD", PASSWORD)]).with(0);
}
