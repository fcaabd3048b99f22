//! Other people's types in what we offer, each with its why: their next breaking version is then one of ours.

use std::collections::BTreeSet;

struct Allowed {
    library: &'static str,
    paths: &'static [&'static str],
    #[expect(dead_code, reason = "for whoever reads the list")]
    why: &'static str,
}

const ALLOWED_FOREIGN: &[Allowed] = &[
    Allowed {
        library: "epay-domain",
        paths: &["zeroize::Zeroizing"],
        why: "what was exposed is wiped when its reader drops it",
    },
    Allowed {
        library: "epay-crypto",
        paths: &["zeroize::Zeroizing"],
        why: "what was exposed is wiped when its reader drops it",
    },
    Allowed {
        library: "epay-applepay",
        paths: &["zeroize::Zeroizing"],
        why: "what was opened is wiped when its reader drops it",
    },
    Allowed {
        library: "epay-applepay",
        paths: &["http::request::Request", "http::response::Response", "http::status::StatusCode"],
        why: "the session is asked for by whichever client the shop has (ADR 2)",
    },
    Allowed {
        library: "epay-http",
        paths: &[
            "bytes::bytes::Bytes",
            "http::request::Request",
            "http::response::Response",
            "http::uri::Uri",
        ],
        why: "the transport seam (ADR 2)",
    },
    Allowed {
        library: "epay-axum",
        paths: &[
            "axum::routing::Router",
            "axum_core::extract::FromRequest",
            "axum_core::extract::from_ref::FromRef",
            "axum_core::response::into_response::IntoResponse",
        ],
        why: "its routes and its extractor are axum's",
    },
    Allowed {
        library: "epay-reqwest",
        paths: &["reqwest::async_impl::client::ClientBuilder"],
        why: "proxies and roots of certificates are set where reqwest sets them",
    },
    Allowed {
        library: "epay-hyper",
        paths: &["rustls::client::client_conn::ClientConfig"],
        why: "roots and client certificates are set where rustls sets them",
    },
    Allowed {
        library: "epay-store",
        paths: &["rusqlite::error::Error"],
        why: "errors of the database turn into ours by `?`",
    },
    Allowed {
        library: "epay-fakebank",
        paths: &["bytes::bytes::Bytes", "http::request::Request", "http::response::Response"],
        why: "it answers what a transport sends (ADR 2)",
    },
    Allowed {
        library: "epay-fakebank",
        paths: &["serde_core::de::Deserialize", "serde_core::ser::Serialize"],
        why: "its books and its plan are read and written as JSON",
    },
    Allowed {
        library: "epay-sim",
        paths: &["serde_core::de::Deserialize", "serde_core::ser::Serialize"],
        why: "its scenarios are read and written as TOML",
    },
    Allowed {
        library: "epay-fakewallet",
        paths: &["http::method::Method"],
        why: "tests ask Apple's gateway which calls it got",
    },
    Allowed {
        library: "epay-testkit",
        paths: &["mockall::Sequence", "mockall::TimesRange", "predicates_core::core::Predicate"],
        why: "the mocks that mockall makes, feature `mockall`",
    },
    Allowed {
        library: "epay-testkit",
        paths: &["proptest::strategy::traits::Strategy"],
        why: "the strategies themselves, feature `proptest`",
    },
];

pub(crate) fn violations(library: &str, seen: &BTreeSet<String>) -> Vec<String> {
    judged(library, seen, ALLOWED_FOREIGN)
}

fn judged(library: &str, seen: &BTreeSet<String>, allowed: &[Allowed]) -> Vec<String> {
    let allowed: Vec<&str> = allowed
        .iter()
        .filter(|allowed| allowed.library == library)
        .flat_map(|allowed| allowed.paths)
        .copied()
        .collect();
    let new = seen.iter().filter(|path| !allowed.contains(&path.as_str())).map(|path| {
        format!(
            "{library} offers {path}, which ALLOWED_FOREIGN in xtask/src/api/foreign.rs has not"
        )
    });
    let gone = allowed.iter().filter(|path| !seen.contains(**path)).map(|path| {
        format!(
            "{library} offers no {path}, but ALLOWED_FOREIGN in xtask/src/api/foreign.rs has it"
        )
    });
    new.chain(gone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_what_is_seen_and_nothing_else() {
        let allowed = [
            Allowed { library: "a", paths: &["http::Request", "http::Uri"], why: "" },
            Allowed { library: "b", paths: &["bytes::Bytes"], why: "" },
        ];
        let seen = ["http::Request", "bytes::Bytes"].map(str::to_owned).into();
        let place = "ALLOWED_FOREIGN in xtask/src/api/foreign.rs";
        assert_eq!(
            judged("a", &seen, &allowed),
            [
                format!("a offers bytes::Bytes, which {place} has not"),
                format!("a offers no http::Uri, but {place} has it"),
            ]
        );
    }
}
