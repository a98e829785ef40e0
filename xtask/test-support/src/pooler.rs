//! A real `PgBouncer` in front of the tests' PostgreSQL.

use std::fs;

use tempfile::TempDir;

use crate::{
    daemon::{self, Daemon},
    database::roles,
};

/// Connections to PostgreSQL for each role: fewer than a service has of its own, so that
/// they go from hand to hand.
const LENT: u32 = 5;

/// A pooler that lends a connection for a transaction, until it is dropped.
pub struct PgBouncer {
    port: u16,
    _running: Daemon,
    _folder: TempDir,
}

impl PgBouncer {
    /// One in front of the cluster at a URL, which takes no notice of these parameters
    /// that it does not know (a list with commas).
    pub async fn before(cluster: &str, ignored: &str) -> Self {
        let (_user, rest) = cluster.split_once('@').unwrap();
        let (server, _path) = rest.split_once('/').unwrap();
        let (host, port) = server.split_once(':').unwrap();
        let (folder, own_port) = (daemon::folder(), daemon::free_port());
        let path = folder.path();
        let roles = roles();
        let users = [roles.migrator, roles.service, roles.verifier];
        let users = users.map(|role| format!("\"{role}\" \"\"\n")).concat();
        fs::write(path.join("users"), users).unwrap();
        let config = format!(
            "[databases]\n* = host={host} port={port}\n[pgbouncer]\n\
             listen_addr = 127.0.0.1\nlisten_port = {own_port}\nunix_socket_dir =\n\
             auth_type = trust\nauth_file = {folder}/users\n\
             pool_mode = transaction\ndefault_pool_size = {LENT}\nmax_client_conn = 400\n\
             server_round_robin = 1\nlogfile = {folder}/log\n{ignored}\n",
            folder = path.display(),
            ignored = if ignored.is_empty() {
                String::new()
            } else {
                format!("ignore_startup_parameters = {ignored}")
            },
        );
        fs::write(path.join("pgbouncer.ini"), config).unwrap();
        let mut command = daemon::as_account("/usr/sbin/pgbouncer");
        command.arg("-q").arg(path.join("pgbouncer.ini"));
        let running = Daemon::start(&mut command);
        daemon::wait_for(own_port).await;
        Self {
            port: own_port,
            _running: running,
            _folder: folder,
        }
    }

    /// The address of a database, by way of it.
    pub fn url(&self, url: &str) -> String {
        let (before, rest) = url.split_once('@').unwrap();
        let (_host, path) = rest.split_once('/').unwrap();
        format!("{before}@127.0.0.1:{}/{path}", self.port)
    }
}
