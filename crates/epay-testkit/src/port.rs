//! A port for a program that has to be told where to listen before it starts.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{IpAddr, TcpListener};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Below those that Linux (32768) and others (49152) give to connections and to listeners on port 0: any of these
/// can be taken by somebody's connection between now and when the program starts.
const FIRST: u16 = 10_240;
const COUNT: u16 = 22_528;

/// A port of `host` that nobody listens on and that no connection will be given. None is told twice in one process;
/// another process begins somewhere else.
pub fn free_port(host: impl Into<IpAddr>) -> io::Result<u16> {
    static NEXT: LazyLock<AtomicU64> =
        LazyLock::new(|| AtomicU64::new(RandomState::new().hash_one(0) >> 1));
    let host = host.into();
    let mut wrong = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..COUNT {
        let step = NEXT.fetch_add(1, Ordering::Relaxed) % u64::from(COUNT);
        let port = FIRST.saturating_add(u16::try_from(step).unwrap_or_default());
        match TcpListener::bind((host, port)) {
            Ok(_) => return Ok(port),
            Err(error) => wrong = error,
        }
        if wrong.kind() != io::ErrorKind::AddrInUse {
            break;
        }
    }
    Err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::net::Ipv4Addr;

    #[test]
    fn none_is_told_twice_and_none_is_one_that_a_connection_may_get() {
        let ports: Vec<u16> = (0..100).map(|_| free_port(Ipv4Addr::LOCALHOST).unwrap()).collect();
        assert!(ports.iter().all(|port| (FIRST..FIRST + COUNT).contains(port)), "{ports:?}");
        assert_eq!(ports.iter().collect::<HashSet<_>>().len(), 100);
    }

    #[test]
    fn one_that_somebody_listens_on_is_passed_over() {
        let port = free_port(Ipv4Addr::LOCALHOST).unwrap();
        let next = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        assert_ne!(free_port(Ipv4Addr::LOCALHOST).unwrap(), next.local_addr().unwrap().port());
    }

    #[test]
    fn a_host_that_is_not_here_is_an_error() {
        assert!(free_port(Ipv4Addr::new(192, 0, 2, 1)).is_err());
    }
}
