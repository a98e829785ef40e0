//! The list of metrics, what is served, and what `docs/metrics.md` says are the
//! same.

use std::collections::BTreeSet;

use server::metrics::list::{ALL, Kind};
use test_support::{
    database::{TestDatabase, on_sqlite},
    service::TestServer,
};

use super::scrape::{counting, scrape};

/// What is written down.
const BOOK: &str = include_str!("../../../../../docs/metrics.md");

fn names() -> BTreeSet<&'static str> {
    ALL.iter().map(|(_, name, ..)| *name).collect()
}

/// The words of a text that are names of metrics; of a histogram's series its
/// own name.
fn named(text: &str) -> BTreeSet<&str> {
    text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_')
        .filter(|word| word.starts_with("ic_card_") || *word == "process_start_time_seconds")
        .map(|word| {
            let histogram = ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|suffix| word.strip_suffix(suffix));
            histogram.unwrap_or(word)
        })
        .collect()
}

#[test]
fn every_metric_is_written_down_and_every_one_written_down_is_there() {
    assert_eq!(named(BOOK), names());
    // Each has a line of its own in the tables.
    for name in names() {
        let line = format!("\n| `{name}` |");
        assert_eq!(BOOK.matches(&line).count(), 1, "{name}");
    }
}

#[test]
fn names_say_what_is_counted() {
    for (kind, name, _, text) in ALL {
        assert_eq!(kind == Kind::Counter, name.ends_with("_total"), "{name}");
        assert!(!text.is_empty() && !text.ends_with('.'), "{name}");
    }
}

/// On SQLite every one of them is served, described.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_metric_is_served() {
    on_sqlite(async |database: TestDatabase| {
        let server = TestServer::with(&database, counting).await;
        server.legal_person().await.log_in(server.origin()).await;
        let text = scrape(server.origin()).await.text;
        assert_eq!(named(&text), names());
        for (kind, name, _, help) in ALL {
            let kind = format!("{kind:?}").to_lowercase();
            assert!(text.contains(&format!("# TYPE {name} {kind}\n")), "{name}");
            assert!(text.contains(&format!("# HELP {name} {help}\n")), "{name}");
        }
    })
    .await;
}
