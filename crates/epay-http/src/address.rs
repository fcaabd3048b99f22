//! Where a URL leads: to this machine, or to a name of the public internet.

use url::{Host, Url};

/// Names that resolve only inside a machine or a network (RFC 6761, 6762, 8375, ICANN's `internal`, and what
/// routers and companies use although nobody reserved it).
const PRIVATE: [&str; 9] =
    ["localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "arpa"];

pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether the host is a name, and one that the public DNS may know. No address is, however it is written: the parser
/// turns every form of one (`0x7f.1`, `2130706433`) into an address. What the name resolves to can't be seen here.
pub(crate) fn is_public_name(url: &Url) -> bool {
    let Some(Host::Domain(name)) = url.host() else { return false };
    let name = name.strip_suffix('.').unwrap_or(name);
    name.rsplit_once('.').is_some_and(|(_, last)| !PRIVATE.contains(&last))
}
