//! One running server. There may be several over one database.

use std::{path::PathBuf, sync::Arc};

use server::{
    clock::FixedClock,
    config::{Config, Origin},
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// A running server.
pub struct Instance {
    /// Its origin, on a free port of the loopback interface.
    pub origin: String,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<()>,
}

impl Instance {
    /// Starts it over the database at `url`.
    pub async fn start(
        url: &str,
        keys: PathBuf,
        clock: Arc<FixedClock>,
        configure: impl FnOnce(&mut Config),
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let mut config = Config {
            origins: vec![Origin::parse(&origin).unwrap()],
            keys,
            site: std::env::temp_dir().join("ic-card-no-site"),
            ..Config::default()
        };
        url.clone_into(&mut config.database.url);
        // All logins of a test come from one address.
        config.http.logins_per_minute = 10_000;
        configure(&mut config);
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(async move {
            let shutdown = async {
                let _dropped = stopped.await;
            };
            server::run(config, clock, listener, shutdown)
                .await
                .unwrap();
        });
        Self {
            origin,
            stop: Some(stop),
            running,
        }
    }

    /// Stops it and waits until it has.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        self.running.await.unwrap();
    }
}
