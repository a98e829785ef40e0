//! What Prometheus does: asks the address of the metrics, and reads the text.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use server::config::Config;
use test_support::service::{Browser, Reply};
use tokio::net::TcpStream;

/// The labels of a series, by name.
type Labels = BTreeMap<String, String>;

/// What one scrape gave.
pub(super) struct Scrape {
    pub(super) text: String,
    series: BTreeMap<(String, Labels), f64>,
}

/// Has a server count, on an address that only it uses: of all loopback
/// addresses the one that its own port names.
pub(super) fn counting(config: &mut Config) {
    config.metrics.listen = Some(address(config.origins[0].as_str()));
}

/// The socket address of a server's origin.
pub(super) fn address(origin: &str) -> SocketAddr {
    let port: u16 = origin.rsplit(':').next().unwrap().parse().unwrap();
    let [high, low] = port.to_be_bytes();
    SocketAddr::from(([127, 1, high, low], 9464))
}

/// Asks for `path` there, once somebody listens.
pub(super) async fn ask(origin: &str, method: &str, path: &str) -> Reply {
    let address = address(origin);
    for _ in 0..100 {
        if TcpStream::connect(address).await.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let client = Browser::new(&format!("http://{address}"));
    client.send(method, path, &[], Vec::new()).await
}

/// Scrapes the server of this origin.
pub(super) async fn scrape(origin: &str) -> Scrape {
    let reply = ask(origin, "GET", "/metrics").await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(
        reply.headers["content-type"],
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let samples = reply.body.lines().filter(|line| {
        let is_comment = line.starts_with('#');
        !is_comment && !line.is_empty()
    });
    let series: BTreeMap<_, _> = samples.map(sample).collect();
    Scrape {
        series,
        text: reply.body,
    }
}

/// Scrapes until it is as it should be.
pub(super) async fn until(origin: &str, is_so: impl Fn(&Scrape) -> bool) -> Scrape {
    for _ in 0..100 {
        let scrape = scrape(origin).await;
        if is_so(&scrape) {
            return scrape;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it does not come to that");
}

/// A line: name, labels (a route has braces of its own), value.
fn sample(line: &str) -> ((String, Labels), f64) {
    let (series, value) = line.rsplit_once(' ').unwrap();
    let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
    let labels = labels.strip_suffix('}').unwrap();
    let labels = labels
        .split_terminator("\",")
        .filter_map(|label| label.split_once("=\""))
        .map(|(name, value)| (name.to_owned(), value.trim_end_matches('"').to_owned()))
        .collect();
    ((name.to_owned(), labels), value.parse().unwrap())
}

impl Scrape {
    /// The value of a series, if it is there.
    pub(super) fn find(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let labels = labels
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        self.series.get(&(name.to_owned(), labels)).copied()
    }

    /// The value of a series that has to be there.
    #[track_caller]
    pub(super) fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let value = self.find(name, labels);
        value.unwrap_or_else(|| panic!("{name} {labels:?} in {}", self.text))
    }

    /// The value, as a whole number.
    #[track_caller]
    pub(super) fn count(&self, name: &str, labels: &[(&str, &str)]) -> u64 {
        format!("{}", self.value(name, labels)).parse().unwrap()
    }

    /// Which series there are.
    pub(super) fn series(&self) -> Vec<&(String, Labels)> {
        self.series.keys().collect()
    }
}
