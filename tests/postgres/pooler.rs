//! PgBouncer in front of the server, which gives each transaction whichever session is free.

use std::{
    fs,
    io::{self, Write as _},
    net::Ipv4Addr,
    os::unix::{fs::MetadataExt, process::CommandExt},
    process::{Child, Command, Stdio},
};

use epay_testkit::{PostgresCluster, free_port};
use tempfile::TempDir;

#[derive(Debug)]
pub(crate) struct PgBouncer {
    pub(crate) port: u16,
    /// Ends it when this process ends.
    keeper: Child,
    _home: TempDir,
}

const KEEPER: &str = r#""$1" -q "$2" >/dev/null 2>&1 & pid=$!; cat >/dev/null; kill $pid"#;

impl PgBouncer {
    /// `None` where it is not installed, and a failure with `CI=true`.
    pub(crate) fn before(cluster: &PostgresCluster) -> Option<PgBouncer> {
        let program =
            ["/usr/sbin/pgbouncer", "/usr/local/bin/pgbouncer", "/opt/homebrew/bin/pgbouncer"];
        let Some(program) = program.into_iter().find(|it| fs::metadata(it).is_ok()) else {
            let must_run = std::env::var("CI").is_ok_and(|ci| ci == "true");
            assert!(!must_run, "NOT RUN, and CI=true: apt-get install pgbouncer");
            let _ = writeln!(io::stderr(), "NOT RUN, no PgBouncer: apt-get install pgbouncer");
            return None;
        };
        let home = tempfile::tempdir().unwrap();
        let port = free_port(Ipv4Addr::LOCALHOST).unwrap();
        let settings = home.path().join("pgbouncer.ini");
        let text = format!(
            "[databases]\n* = host=127.0.0.1 port={} user=epay\n[pgbouncer]\n\
             listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n\
             pool_mode = transaction\ndefault_pool_size = 3\nmax_client_conn = 500\n",
            cluster.port()
        );
        fs::write(&settings, text).unwrap();
        // It refuses to be root, so it is whoever the server is.
        let owner = fs::metadata(cluster.directory()).unwrap();
        for path in [home.path(), &settings] {
            std::os::unix::fs::chown(path, Some(owner.uid()), Some(owner.gid())).unwrap();
        }
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "keeper", program]).arg(&settings);
        if fs::metadata("/proc/self").is_ok_and(|it| it.uid() == 0) {
            keeper.uid(owner.uid()).gid(owner.gid());
        }
        let keeper = keeper.stdin(Stdio::piped()).current_dir("/").spawn().unwrap();
        Some(PgBouncer { port, keeper, _home: home })
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        self.keeper.stdin = None;
        let _ = self.keeper.wait();
    }
}
