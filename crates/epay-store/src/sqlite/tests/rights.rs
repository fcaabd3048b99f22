//! The log is its user's alone.

use std::{
    env,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, symlink},
        process::CommandExt,
    },
    process::Command as Process,
};

use super::*;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Everything that was made in the directory.
#[track_caller]
fn all_are_private(home: &Home, count: usize) {
    let files: Vec<PathBuf> =
        fs::read_dir(home.home.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), count, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn nobody_else_may_read_what_is_made() {
    let home = Home::new();
    let store = home.create();
    append(&store, &create(&store, "order").unwrap()).unwrap();
    all_are_private(&home, 3);
    store.backup(home.home.path().join("copy")).unwrap();
    all_are_private(&home, 4);
    assert!(!store.is_shared());
}

#[test]
fn rights_that_a_crash_has_left_wide_are_taken_back() {
    let home = Home::new();
    fs::write(home.path(), "").unwrap();
    set_mode(&home.path(), 0o666);
    let store = home.create();
    append(&store, &create(&store, "order").unwrap()).unwrap();
    all_are_private(&home, 3);
}

/// It may be meant, and a shop that does not start loses more: so it is said, and works.
#[test]
fn a_log_that_others_may_read_is_told_of_and_opened() {
    for (wide, shared) in [(0o600, false), (0o640, true), (0o604, true), (0o660, true)] {
        let home = Home::new();
        drop(home.create());
        set_mode(&home.path(), wide);
        let store = SqliteStore::open(home.path()).unwrap();
        assert_eq!(store.is_shared(), shared, "{wide:o}");
        assert_eq!(mode(&home.path()), wide, "rights that a person has set stay");
    }
}

#[test]
fn a_log_is_opened_through_a_link() {
    let home = Home::new();
    let stored = create(&home.create(), "order").unwrap();
    let link = home.home.path().join("link");
    symlink(home.path(), &link).unwrap();
    let store = SqliteStore::open_or_create(link, &starting_at("100000001")).unwrap();
    assert!(append(&store, &stored).is_ok());
}

#[test]
fn no_log_is_made_through_a_link() {
    for empty in [true, false] {
        let home = Home::new();
        let theirs = home.home.path().join("theirs");
        if empty {
            fs::write(&theirs, "").unwrap();
        }
        symlink(&theirs, home.path()).unwrap();
        for made in [
            SqliteStore::create(home.path(), &starting_at("100000001")),
            SqliteStore::open_or_create(home.path(), &starting_at("100000001")),
        ] {
            not_opened(made, SqliteErrorKind::Link);
        }
        assert_eq!(fs::read(&theirs).ok(), empty.then(Vec::new));
    }
}

/// Root may write every file, so there another user tries.
#[test]
fn a_file_without_the_right_to_write_it_is_not_opened() {
    const FILE: &str = "EPAY_STORE_READ_ONLY_FILE";
    if let Some(file) = env::var_os(FILE) {
        return not_opened(SqliteStore::open(file), SqliteErrorKind::ReadOnly);
    }
    let home = Home::new();
    drop(home.create());
    set_mode(&home.path(), 0o444);
    if fs::metadata(home.path()).unwrap().uid() != 0 {
        return not_opened(SqliteStore::open(home.path()), SqliteErrorKind::ReadOnly);
    }
    set_mode(home.home.path(), 0o755);
    let program = home.home.path().join("test");
    fs::copy(env::current_exe().unwrap(), &program).unwrap();
    let name = "sqlite::tests::rights::a_file_without_the_right_to_write_it_is_not_opened";
    let nobody = 65_534;
    let mut test = Process::new(program);
    test.args(["--exact", name]).env(FILE, home.path()).uid(nobody).gid(nobody);
    let output = test.current_dir("/").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
