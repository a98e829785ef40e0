//! `pg_dump` and `pg_restore`. A password goes to them in their environment, which only
//! their user reads, and stands in no list of processes.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use percent_encoding::percent_decode_str;
use sqlx::ConnectOptions as _;
use tokio::{process::Command, time::timeout};

use super::{BackupError, at};
use crate::{
    config, private_file,
    storage::{OpenError, SHORT_LIVED},
};

/// Where Debian and Ubuntu keep them, by version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The certificates of Debian's own CAs, which `libpq` does not look for by itself.
const SYSTEM_ROOTS: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Our tables that every dump has to have data of.
const TABLES: [&str; 5] = [
    "enterprises",
    "cards",
    "certificates",
    "events",
    "log_leaves",
];

/// What of libpq's environment is left to it: which certificates are trusted, and shown.
const KEPT: [&str; 4] = ["PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY", "PGSSLCRL"];

/// What of an address only sqlx understands.
const SQLX_ONLY: [&str; 1] = ["statement-cache-capacity"];

/// What a connection is given up after, unless the address says otherwise: seconds, and
/// milliseconds for the last.
const CONNECTION_LIMITS: [(&str, &str); 5] = [
    ("connect_timeout", "30"),
    ("keepalives_idle", "10"),
    ("keepalives_interval", "5"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "20000"),
];

/// How long a program may write nothing: a dump grows all the time.
const MAX_STALL: Duration = Duration::from_mins(10);

/// How long it may take all in all. Putting a dump back tells nobody how far it is.
const MAX_RUN: Duration = Duration::from_hours(24);

/// How often it is looked how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The programs of PostgreSQL.
#[derive(Clone, Debug)]
pub struct PostgresTools {
    /// Their folder. Absent: Debian's of the newest version, else what is on the `PATH`.
    pub folder: Option<PathBuf>,
    /// One that is to write a file and writes nothing for so long is ended. Default: ten
    /// minutes.
    pub patience: Duration,
}

impl Default for PostgresTools {
    fn default() -> Self {
        Self {
            folder: None,
            patience: MAX_STALL,
        }
    }
}

impl PostgresTools {
    /// Dumps what the snapshot shows into `file`, in the custom format.
    pub(super) async fn dump(
        &self,
        database: &config::Database,
        snapshot: &str,
        file: &Path,
    ) -> Result<(), BackupError> {
        // It would make the file for everybody to read.
        private_file::create(file).map_err(at(file))?;
        let mut command = self.command("pg_dump", Some(database))?;
        command
            .args([
                "--format=custom",
                "--no-owner",
                "--no-privileges",
                "--no-password",
            ])
            .args(SHORT_LIVED.map(|table| format!("--exclude-table-data={table}")))
            .args(["--lock-wait-timeout=30s", "--snapshot", snapshot, "--file"])
            .arg(file);
        self.run(command, "pg_dump", Some(file)).await?;
        let synced = fs::File::open(file).and_then(|dump| dump.sync_all());
        synced.map_err(at(file))?;
        self.check_list(file).await
    }

    /// Whether a dump can be read, and has the data of our tables.
    async fn check_list(&self, file: &Path) -> Result<(), BackupError> {
        let mut command = self.command("pg_restore", None)?;
        command.arg("--list").arg(file);
        let list = self.run(command, "pg_restore", None).await?;
        for table in TABLES {
            let has = |line: &str| {
                let words: Vec<_> = line.split_whitespace().collect();
                let is_data = words.windows(2).any(|pair| pair == ["TABLE", "DATA"]);
                is_data && words.contains(&table)
            };
            if !list.lines().any(has) {
                return Err(BackupError::DumpWithout(table));
            }
        }
        Ok(())
    }

    /// Puts a dump into a database: all of it or nothing.
    pub(super) async fn restore(
        &self,
        database: &config::Database,
        file: &Path,
    ) -> Result<(), BackupError> {
        let mut command = self.command("pg_restore", Some(database))?;
        command
            .args(["--single-transaction", "--exit-on-error", "--no-password"])
            .args(["--no-owner", "--no-privileges"])
            .arg(file);
        self.run(command, "pg_restore", None).await.map(drop)
    }

    fn command(
        &self,
        program: &str,
        database: Option<&config::Database>,
    ) -> Result<Command, BackupError> {
        let mut command = Command::new(self.find(program));
        // libpq's environment can lead elsewhere than the address, past TLS too: what
        // sqlx understands of it stands in the address by then.
        let libpq = std::env::vars_os().map(|(name, _)| name);
        for name in libpq.filter(|name| name.as_encoded_bytes().starts_with(b"PG")) {
            if !KEPT.iter().any(|kept| name == *kept) {
                command.env_remove(name);
            }
        }
        command
            .env_remove("IC_CARD_DATABASE_URL")
            .env_remove("IC_CARD_SCRATCH_URL")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        if let Some(database) = database {
            let options = config::postgres_options(&database.url).map_err(OpenError::from)?;
            let mut address = options.to_url_lossy();
            if let Some(password) = address.password() {
                let password = percent_decode_str(password).decode_utf8_lossy();
                command.env("PGPASSWORD", password.as_ref());
                // An address that has one can be without it.
                let _none = address.set_password(None);
            }
            let known: Vec<_> = address
                .query_pairs()
                .filter(|(key, _)| !SQLX_ONLY.contains(&key.as_ref()))
                .map(|(key, value)| (key.into_owned(), value.into_owned()))
                .collect();
            let waits = CONNECTION_LIMITS
                .iter()
                .filter(|(name, _)| known.iter().all(|(key, _)| key != name));
            address
                .query_pairs_mut()
                .clear()
                .extend_pairs(&known)
                .extend_pairs(waits);
            if fs::exists(SYSTEM_ROOTS).unwrap_or_default()
                && std::env::var_os("PGSSLROOTCERT").is_none()
            {
                command.env("PGSSLROOTCERT", SYSTEM_ROOTS);
            }
            command.arg(format!("--dbname={address}"));
        }
        Ok(command)
    }

    fn find(&self, program: &str) -> PathBuf {
        if let Some(folder) = &self.folder {
            return folder.join(program);
        }
        let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
        let of_version = |entry: fs::DirEntry| {
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            let path = entry.path().join("bin").join(program);
            path.exists().then_some((version, path))
        };
        let newest = versions.filter_map(of_version).max();
        newest.map_or_else(|| PathBuf::from(program), |(_, path)| path)
    }

    /// Runs a program to its end, if it has one: what writes a file has to go on writing.
    /// Gives what it said on its standard output.
    async fn run(
        &self,
        mut command: Command,
        program: &str,
        writes: Option<&Path>,
    ) -> Result<String, BackupError> {
        let path = PathBuf::from(OsStr::new(command.as_std().get_program()));
        // Dropped, it is ended.
        let mut running = std::pin::pin!(command.output());
        let length = || writes.map_or(0, |file| fs::metadata(file).map_or(0, |file| file.len()));
        let (began, mut wrote, mut before) = (Instant::now(), Instant::now(), length());
        let output = loop {
            if let Ok(output) = timeout(LOOK_EVERY, &mut running).await {
                break output.map_err(at(&path))?;
            }
            let now = length();
            if now != before {
                (wrote, before) = (Instant::now(), now);
            }
            let is_silent = writes.is_some() && wrote.elapsed() >= self.patience;
            if is_silent || began.elapsed() >= MAX_RUN {
                let program = program.to_owned();
                return Err(BackupError::Silent { program });
            }
        };
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(BackupError::Tool {
                program: program.to_owned(),
                said: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            })
        }
    }
}
