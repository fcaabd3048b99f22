//! A PostgreSQL server for one run of tests, from the binaries of this machine: it stands in a
//! directory of its own, and ends by itself, also when the tests are killed.

#![expect(
    clippy::panic,
    clippy::expect_used,
    reason = "a server that is missing or does not start is said by panicking in your test"
)]

use std::{
    fs,
    io::{self, BufRead, BufReader, Write},
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::free_port;

/// A server with nothing in it, which takes connections on a port of loopback and on a socket of its
/// directory. It does not sync: what survives the machine is not tested with it.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// use epay_testkit::PostgresCluster;
/// // Where no PostgreSQL is installed the test says so and ends; with `CI=true` it fails.
/// let Some(cluster) = PostgresCluster::shared() else { return Ok(()) };
/// let url = cluster.database()?; // new and empty
/// assert!(url.starts_with("postgres://"));
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct PostgresCluster {
    binaries: PathBuf,
    directory: PathBuf,
    port: u16,
    databases: AtomicUsize,
    /// Ends the server when its input ends, which it does with this process.
    keeper: Child,
}

/// Ends with its input, and takes the server and all its files along. The first line is the way to
/// the binaries, the second the directory, the third the options.
const KEEPER: &str = r#"
initdb() { "$1/initdb" -D "$2/data" -U epay -A trust -N -E UTF8 --no-locale >"$2/initdb.log" 2>&1; }
start() { "$1/pg_ctl" -D "$2/data" -l "$2/log" -w -o "$3" start >/dev/null 2>&1; }
trap '' INT TERM HUP
if initdb "$@" && { cp "$2/hba" "$2/data/pg_hba.conf"; start "$@"; }
then echo ready; else echo failed; fi
cat >/dev/null
"$1/pg_ctl" -D "$2/data" -m immediate stop >/dev/null 2>&1
rm -rf "$2"
"#;

/// Who asks for the role `guarded` needs a password, all others none.
const HBA: &str =
    "local all all trust\nhost all guarded all scram-sha-256\nhost all all all trust\n";

impl PostgresCluster {
    /// The one of this process, which is started when it is first asked for. `None`, and a line that
    /// says so, where no PostgreSQL is installed.
    ///
    /// # Panics
    /// Where it is missing though `CI=true`, or installed and does not start.
    pub fn shared() -> Option<&'static PostgresCluster> {
        static SHARED: OnceLock<Option<PostgresCluster>> = OnceLock::new();
        let start = || match binaries() {
            Some(binaries) => {
                Some(PostgresCluster::start(binaries, "-F").expect("a server that starts"))
            }
            None if std::env::var("CI").is_ok_and(|ci| ci == "true") => {
                panic!("NOT RUN, and CI=true: apt-get install postgresql")
            }
            None => {
                // Past the test's captured output.
                let _ =
                    writeln!(io::stderr(), "NOT RUN, no PostgreSQL: apt-get install postgresql");
                None
            }
        };
        SHARED.get_or_init(start).as_ref()
    }

    /// Another, with these options of `postgres` beside its own; `None` where none is installed.
    pub fn with(options: &str) -> io::Result<Option<PostgresCluster>> {
        binaries().map(|binaries| PostgresCluster::start(binaries, options)).transpose()
    }

    fn start(binaries: PathBuf, options: &str) -> io::Result<PostgresCluster> {
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let name = (std::process::id(), STARTED.fetch_add(1, Ordering::Relaxed));
        let directory = std::env::temp_dir().join(format!("epay-postgres-{}-{}", name.0, name.1));
        fs::create_dir(&directory)?;
        fs::write(directory.join("hba"), HBA)?;
        let port = free_port(Ipv4Addr::LOCALHOST)?;
        let options = format!(
            "{options} -c listen_addresses=127.0.0.1 -c port={port} \
             -c unix_socket_directories={} -c max_connections=300 -c shared_buffers=64MB",
            directory.display()
        );
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "keeper"]).arg(&binaries).arg(&directory).arg(&options);
        // It refuses to be root.
        as_nobody_much(&mut keeper, &directory)?;
        let keeper = keeper.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut keeper = keeper.current_dir("/").spawn()?;
        let mut word = String::new();
        if let Some(stdout) = keeper.stdout.take() {
            BufReader::new(stdout).read_line(&mut word)?;
        }
        let cluster =
            PostgresCluster { binaries, directory, port, databases: AtomicUsize::new(0), keeper };
        if word.trim() == "ready" {
            return Ok(cluster);
        }
        let log = ["initdb.log", "log"].map(|log| cluster.directory.join(log));
        let log = log.map(|log| fs::read_to_string(log).unwrap_or_default());
        Err(io::Error::other(log.concat()))
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where its socket and its log are.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Makes an empty database, and gives its URL.
    pub fn database(&self) -> io::Result<String> {
        let name = format!("shop{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(self.url(&name))
    }

    /// The URL of a database that is there.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://epay@127.0.0.1:{}/{database}?sslmode=disable", self.port)
    }

    /// Runs statements as the owner of everything, and gives the rows, their columns apart by `|`.
    pub fn sql(&self, database: &str, statements: &str) -> io::Result<String> {
        let mut psql = Command::new(self.binaries.join("psql"));
        psql.args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-U", "epay", "-d", database]);
        psql.arg("-h").arg(&self.directory).args(["-p", &self.port.to_string(), "-c", statements]);
        let done = psql.stdin(Stdio::null()).output()?;
        if done.status.success() {
            return Ok(String::from_utf8_lossy(&done.stdout).trim_end().to_owned());
        }
        Err(io::Error::other(String::from_utf8_lossy(&done.stderr).into_owned()))
    }
}

impl Drop for PostgresCluster {
    fn drop(&mut self) {
        self.keeper.stdin = None;
        // It is gone already, or ends now.
        let _ = self.keeper.wait();
    }
}

/// Where Debian puts the newest, or wherever the search path has one.
fn binaries() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let number = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let mut versions: Vec<_> =
        versions.filter_map(|entry| Some((number(&entry.path())?, entry.path()))).collect();
    versions.sort();
    let newest = versions.into_iter().rev().map(|(_, path)| path.join("bin"));
    let search = std::env::var_os("PATH").unwrap_or_default();
    let search: Vec<_> = std::env::split_paths(&search).collect();
    newest.chain(search).find(|path| path.join("initdb").is_file())
}

/// Root hands the directory and the process to another user.
#[cfg(unix)]
fn as_nobody_much(keeper: &mut Command, directory: &Path) -> io::Result<()> {
    use std::os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    };
    fs::set_permissions(directory, fs::Permissions::from_mode(0o700))?;
    if fs::metadata(directory)?.uid() != 0 {
        return Ok(());
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let of = |name: &str| {
        let mut fields = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let found = fields.find(|fields| fields.first() == Some(&name))?;
        Some((found.get(2)?.parse().ok()?, found.get(3)?.parse().ok()?))
    };
    let (user, group) = of("postgres").or(of("nobody")).ok_or(io::ErrorKind::NotFound)?;
    chown(directory, Some(user), Some(group))?;
    keeper.uid(user).gid(group);
    Ok(())
}

#[cfg(not(unix))]
fn as_nobody_much(_: &mut Command, _: &Path) -> io::Result<()> {
    Ok(())
}
