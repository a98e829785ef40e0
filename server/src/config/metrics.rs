//! Where figures for Prometheus are served, if anywhere: `[metrics]`.

use std::net::SocketAddr;

use serde::Deserialize;

/// About metrics.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    /// The address that answers `GET /metrics`, for example `127.0.0.1:9464`.
    /// It has neither TLS nor a login: loopback, or a network that only those
    /// who run the server reach. Absent: nothing is counted or served.
    pub listen: Option<SocketAddr>,
}

impl Metrics {
    pub(super) fn problem(&self) -> Option<String> {
        // Prometheus has to be told where to ask.
        let is_anywhere = self.listen.is_some_and(|address| address.port() == 0);
        is_anywhere.then(|| String::from("name a port, for example \"127.0.0.1:9464\""))
    }
}
