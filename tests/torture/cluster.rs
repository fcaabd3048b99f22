//! A database of three nodes that outlives one: etcd and Patroni as docs/many-machines starts them, each
//! node a host of its own where this machine lets us make one.

use std::{
    fs::{self, File},
    net::IpAddr,
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use epay::TokioClock;
use epay_domain::Clock as _;
use epay_testkit::free_port;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::spawn_blocking,
    time::timeout,
};

use crate::Failure;

const ETCD: &str = include_str!("../../docs/many-machines/etcd.sh");
const PATRONI: &str = include_str!("../../docs/many-machines/patroni.sh");
const NODES: usize = 3;
/// The roles' passwords. Nobody but this machine reaches the servers.
const PASSWORD: &str = "of-the-torture-alone";
/// How often it is asked for something, and how many times: two minutes.
const PAUSE: Duration = Duration::from_millis(200);
const TRIES: usize = 600;

/// Ends everything when its input ends, which it does with this process: first who would start a server
/// again, then the servers. $1 is the directory, $2 the bridge of the hosts, where there are any.
const KEEPER: &str = r#"
trap '' INT TERM HUP
cat >/dev/null
for file in "$1"/*/pid "$1"/*/data/postmaster.pid; do kill -9 "$(head -n 1 "$file")"; done 2>/dev/null
if [ -n "$2" ]; then
  for node in 1 2 3; do ip netns del "$2-$node"; done
  ip link del "$2"
fi 2>/dev/null
rm -rf "$1"
"#;

/// The cluster, which ends with this process.
pub(crate) struct Cluster {
    directory: PathBuf,
    pub(crate) nodes: Vec<Node>,
    keeper: Child,
}

#[derive(Clone, Debug)]
pub(crate) struct Node {
    host: String,
    port: u16,
    /// Where Patroni answers.
    rest: u16,
    directory: PathBuf,
    /// The wire to its host, by its end on ours; `None` where all nodes share this host.
    pub(crate) wire: Option<String>,
}

impl Cluster {
    /// Starts it, and waits until one node leads and another has all that it commits.
    pub(crate) async fn start() -> Result<Cluster, Failure> {
        let directory = std::env::temp_dir().join(format!("epay-patroni-{}", std::process::id()));
        fs::create_dir(&directory)?;
        let bridge = format!("ep{}", std::process::id() % 1_000_000);
        let subnet = format!("10.213.{}", std::process::id() % 250);
        let hosts = network(&bridge, &subnet);
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "keeper"]).arg(&directory);
        keeper.arg(if hosts { bridge.as_str() } else { "" });
        let keeper = keeper.stdin(Stdio::piped()).current_dir("/").spawn()?;
        let mut cluster = Cluster { directory, nodes: Vec::new(), keeper };
        let here = if hosts { format!("{subnet}.1") } else { "127.0.0.1".to_owned() };
        let port = || -> Result<u16, Failure> { Ok(free_port(here.parse::<IpAddr>()?)?) };
        let etcd_port = port()?;
        let etcd = cluster.program("etcd", ETCD, None)?.0;
        let (client, peer) = (etcd_port.to_string(), port()?.to_string());
        start(etcd, &[("HOST", &here), ("PORT", &client), ("PEER_PORT", &peer)])?;
        for index in 1..=NODES {
            let name = format!("{bridge}-{index}");
            let host = if hosts { format!("{subnet}.1{index}") } else { here.clone() };
            let (port, rest) = if hosts { (5432, 8008) } else { (port()?, port()?) };
            let space = hosts.then_some(name.as_str());
            let (program, directory) = cluster.program(&format!("node-{index}"), PATRONI, space)?;
            start(
                program,
                &[
                    ("NAME", &name),
                    ("HOST", &host),
                    ("PORT", &port.to_string()),
                    ("REST", &rest.to_string()),
                    ("ETCD", &format!("{here}:{etcd_port}")),
                    (
                        "NETWORK",
                        &if hosts { format!("{subnet}.0/24") } else { format!("{here}/32") },
                    ),
                    ("PATRONI_SUPERUSER_PASSWORD", PASSWORD),
                    ("PATRONI_REPLICATION_PASSWORD", PASSWORD),
                ],
            )?;
            let wire = hosts.then(|| format!("{bridge}v{index}"));
            cluster.nodes.push(Node { host, port, rest, directory, wire });
        }
        let (primary, _) = cluster.settled().await?;
        cluster.nodes[primary].must("postgres", "CREATE DATABASE shop").await?;
        let role = format!(
            "CREATE ROLE epay LOGIN PASSWORD '{PASSWORD}'; ALTER DATABASE shop OWNER TO epay"
        );
        cluster.nodes[primary].must("postgres", &role).await?;
        Ok(cluster)
    }

    /// A program with a directory of its own, as a user that is not root, in a host of its own where it has one.
    fn program(
        &self,
        name: &str,
        script: &str,
        space: Option<&str>,
    ) -> Result<(Command, PathBuf), Failure> {
        let directory = self.directory.join(name);
        fs::create_dir(&directory)?;
        let mut command = Command::new(if space.is_some() { "ip" } else { "sh" });
        if let Some(space) = space {
            command.args(["netns", "exec", space]);
            command.args([
                "setpriv",
                "--reuid=postgres",
                "--regid=postgres",
                "--clear-groups",
                "sh",
            ]);
        }
        if rustix::process::geteuid().is_root() {
            let (user, group) = postgres()?;
            chown(&directory, Some(user), Some(group))?;
            if space.is_none() {
                command.uid(user).gid(group);
            }
        }
        command.args(["-c", script]).env("DIR", &directory).current_dir("/");
        command
            .stdin(Stdio::null())
            .stdout(File::create(self.directory.join(format!("{name}.log")))?);
        command.stderr(File::create(self.directory.join(format!("{name}.err")))?);
        Ok((command, directory))
    }

    /// The URL of the log, whichever node leads.
    pub(crate) fn url(&self) -> String {
        let hosts = self.nodes.iter().map(|node| format!("{}:{}", node.host, node.port));
        let hosts = hosts.collect::<Vec<_>>().join(",");
        format!("postgres://epay:{PASSWORD}@{hosts}/shop?sslmode=disable")
    }

    /// The node that leads, and one that has all that it commits; waits until there are both, and
    /// nobody is missing.
    pub(crate) async fn settled(&self) -> Result<(usize, usize), Failure> {
        for _ in 0..TRIES {
            if let Some(found) = self.leader().await {
                return Ok(found);
            }
            TokioClock.sleep(PAUSE).await;
        }
        Err(format!("nobody leads; {} has the logs", self.directory.display()).into())
    }

    async fn leader(&self) -> Option<(usize, usize)> {
        let (mut primary, mut standby) = (None, None);
        for (index, node) in self.nodes.iter().enumerate() {
            if node.is("primary").await {
                primary = Some(index);
            } else if node.is("sync").await {
                standby = Some(index);
            } else if !node.is("replica").await {
                return None;
            }
        }
        primary.zip(standby)
    }

    /// Whether another node than this takes writes by now.
    pub(crate) async fn is_led_by_another(&self, old: usize) -> bool {
        for (index, node) in self.nodes.iter().enumerate() {
            let leads = node.sql("postgres", "SELECT NOT pg_is_in_recovery()").await;
            if index != old && leads.as_deref() == Some("t") && node.is("primary").await {
                return true;
            }
        }
        false
    }
}

impl Node {
    /// Whether Patroni says so of it.
    async fn is(&self, role: &str) -> bool {
        let ask = async {
            let mut patroni = TcpStream::connect((self.host.as_str(), self.rest)).await.ok()?;
            patroni.write_all(format!("GET /{role} HTTP/1.0\r\n\r\n").as_bytes()).await.ok()?;
            let mut status = [0; 12];
            patroni.read_exact(&mut status).await.ok()?;
            Some(status.ends_with(b"200"))
        };
        timeout(Duration::from_secs(2), ask).await.ok().flatten().unwrap_or(false)
    }

    /// What a statement of the superuser gives; `None` where the node does not answer.
    pub(crate) async fn sql(&self, database: &str, statement: &str) -> Option<String> {
        self.must(database, statement).await.ok()
    }

    async fn must(&self, database: &str, statement: &str) -> Result<String, Failure> {
        let mut psql = Command::new("psql");
        psql.args(["-XAtqw", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-h", &self.host]);
        psql.args(["-p", &self.port.to_string(), "-d", database]);
        for one in statement.split("; ") {
            psql.args(["-c", one]);
        }
        psql.env("PGPASSWORD", PASSWORD).env("PGCONNECT_TIMEOUT", "2").stdin(Stdio::null());
        let done = spawn_blocking(move || psql.output()).await??;
        if done.status.success() {
            return Ok(String::from_utf8_lossy(&done.stdout).trim_end().to_owned());
        }
        Err(String::from_utf8_lossy(&done.stderr).into_owned().into())
    }

    /// The server's first process.
    pub(crate) fn postmaster(&self) -> Option<i32> {
        let file = fs::read_to_string(self.directory.join("data/postmaster.pid")).ok()?;
        file.lines().next()?.trim().parse().ok()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.keeper.stdin = None;
        // It is gone already, or ends now.
        let _ = self.keeper.wait();
    }
}

/// Starts it, and writes down who ends with the cluster.
fn start(mut program: Command, environment: &[(&str, &str)]) -> Result<(), Failure> {
    let directory = program.get_envs().find(|(name, _)| *name == "DIR").and_then(|(_, it)| it);
    let directory = PathBuf::from(directory.ok_or("a program has no directory")?);
    let process = program.envs(environment.iter().copied()).spawn()?;
    fs::write(directory.join("pid"), process.id().to_string())?;
    Ok(())
}

/// A host for each node, wired to a bridge; whether this machine lets us make them.
fn network(bridge: &str, subnet: &str) -> bool {
    let ip = |words: &str| {
        let ip = Command::new("ip").args(words.split(' ')).stderr(Stdio::null()).status();
        ip.is_ok_and(|ended| ended.success())
    };
    let made = ip(&format!("link add {bridge} type bridge"))
        && ip(&format!("addr add {subnet}.1/24 dev {bridge}"))
        && ip(&format!("link set {bridge} up"));
    made && (1..=NODES).all(|index| {
        let (space, wire) = (format!("{bridge}-{index}"), format!("{bridge}v{index}"));
        ip(&format!("netns add {space}"))
            && ip(&format!("link add {wire} type veth peer name eth0 netns {space}"))
            && ip(&format!("link set {wire} master {bridge} up"))
            && ip(&format!("-n {space} addr add {subnet}.1{index}/24 dev eth0"))
            && ip(&format!("-n {space} link set eth0 up"))
            && ip(&format!("-n {space} link set lo up"))
    })
}

fn postgres() -> Result<(u32, u32), Failure> {
    let users = fs::read_to_string(Path::new("/etc/passwd"))?;
    let user = users.lines().find(|line| line.starts_with("postgres:"));
    let mut fields = user.ok_or("there is no user postgres")?.split(':').skip(2);
    let mut field =
        || fields.next().and_then(|it| it.parse().ok()).ok_or("a broken line of /etc/passwd");
    Ok((field()?, field()?))
}
