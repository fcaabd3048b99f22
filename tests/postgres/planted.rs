//! The three rules that this store rests on, each broken on the way to a real server: whoever judges
//! notices every one, and says which.

use std::{panic::AssertUnwindSafe, time::Duration};

use epay::PostgresStore;
use epay_domain::{PaymentStore as _, Queue, Schedule};
use epay_testkit::conformance;
use futures_util::FutureExt as _;

use super::{
    lost_answers::{NOW, asked, new, opened},
    place::{Place, options},
    proxy::{Cut, Proxy, Rewrite},
};

const LEASE: Duration = Duration::from_secs(60);

/// What is written in place of a rule.
struct Bug {
    name: &'static str,
    rewrite: Rewrite,
    detector: Detector,
    words: &'static str,
}

#[derive(Clone, Copy, Debug)]
enum Detector {
    /// The suite that every store has to pass.
    Suite,
    /// An append whose answer is cut off.
    LostAnswer,
    /// A process whose clock is ahead.
    Lease,
}

const PLANTED: &[Bug] = &[
    Bug {
        name: "version check dropped",
        rewrite: ("AND a.version = asked.onto", "AND true"),
        detector: Detector::Suite,
        words: "an append onto a version",
    },
    Bug {
        name: "blind repeat after a lost commit",
        rewrite: ("f.write_id = $2 OR EXISTS", "false AND EXISTS"),
        detector: Detector::LostAnswer,
        words: "what was written is told as",
    },
    Bug {
        name: "lease by the client's clock",
        rewrite: ("floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint", "$2"),
        detector: Detector::Lease,
        words: "what is leased was claimed",
    },
];

/// What is complained about when statements are rewritten so on their way; `None` when nothing is.
async fn complaint(detector: Detector, rewrite: Option<Rewrite>) -> Option<String> {
    let wired = async || {
        let place = Place::new().await.unwrap();
        let proxy = Proxy::rewriting(place.cluster.port(), rewrite).await.unwrap();
        let ports = [place.cluster.port(), proxy.port].map(|port| port.to_string());
        (proxy, place.url.replace(&ports[0], &ports[1]))
    };
    match detector {
        Detector::Suite => {
            let make =
                async || PostgresStore::connect_with(&wired().await.1, options()).await.unwrap();
            let judged = AssertUnwindSafe(conformance::store(make)).catch_unwind().await;
            let panic = judged.err()?;
            let said = panic.downcast_ref::<String>().cloned();
            said.or_else(|| panic.downcast_ref::<&str>().map(|said| (*said).to_owned()))
        }
        Detector::LostAnswer => {
            let (proxy, url) = wired().await;
            let store = PostgresStore::connect_with(&url, options()).await.unwrap();
            let opened = opened(&store, "order").await;
            proxy.cut([Cut::Answer]).await;
            let written = store.append(&opened, &[asked()], Schedule::default()).await;
            written.err().map(|error| format!("what was written is told as: {error}"))
        }
        Detector::Lease => {
            let store = PostgresStore::connect(&wired().await.1).await.unwrap();
            let opened = opened(&store, "order").await;
            let due = Schedule { next_check_at: Some(NOW), ..Schedule::default() };
            store.append(&opened, &[asked()], due).await.unwrap();
            let terminal = new("order").terminal;
            let claim = async |now| {
                store.claim_due(Queue::UnknownChecks, &terminal, now, 10, LEASE).await.unwrap()
            };
            assert_eq!(claim(NOW).await.len(), 1);
            let ahead = claim(NOW + LEASE * 2).await;
            (!ahead.is_empty())
                .then(|| "what is leased was claimed by a clock that is ahead".to_owned())
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_planted_bug_is_caught_by_name() {
    if Place::new().await.is_none() {
        return;
    }
    for Bug { name, rewrite, detector, words } in PLANTED {
        let complaint = complaint(*detector, Some(*rewrite)).await;
        let complaint = complaint.unwrap_or_else(|| panic!("nobody noticed: {name}"));
        assert!(complaint.contains(words), "{name}: {complaint}");
    }
}

/// The way there alone is not what is complained about.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_a_bug_nothing_is_complained_about() {
    if Place::new().await.is_none() {
        return;
    }
    for detector in [Detector::Suite, Detector::LostAnswer, Detector::Lease] {
        assert_eq!(complaint(detector, None).await, None, "{detector:?}");
    }
}
