//! `server audit`: verifying the log, the public keys to pin it to, and
//! moving sealed months to files.

use std::{error::Error, io::Write as _, path::PathBuf, process::ExitCode, sync::Arc};

use clap::{Args, Subcommand};
use event_log::{
    VerifyKey,
    certificate::TrustAnchors,
    keys::PublicKeys,
    verify::{Options, Progress, text, verify, verify_file},
};
use server::{
    audit::StoreLog,
    clock::{Clock as _, SystemClock},
    config::Config,
    keys::files,
    run, storage,
};

use super::exit;

/// What can be done.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Verifies the whole log of the database, or a proof file without one.
    Verify(Verify),
    /// Prints the public keys of the log and of the witness, for --key.
    Keys,
    /// Moves the events of months that are old enough to files, as the server
    /// does by itself.
    Archive,
}

/// What `audit verify` is told: which log, which keys, which archives.
#[derive(Args, Debug)]
pub(super) struct Verify {
    /// A proof file or an archive, verified without the database.
    #[arg(long)]
    export: Option<PathBuf>,
    /// Prints every event of the file that is proven, with the statement that
    /// was signed.
    #[arg(long, requires = "export")]
    show: bool,
    /// A public key that `server audit keys` printed; the log's, and the
    /// witness's where there is a witness file. Those of the key folder when
    /// absent.
    #[arg(long = "key")]
    keys: Vec<String>,
    /// The CA's certificates (PEM); those of the key folder when absent.
    #[arg(long)]
    ca: Option<PathBuf>,
    /// A witness file; that of the configuration when absent.
    #[arg(long = "witness")]
    witnesses: Vec<PathBuf>,
    /// Does not look at witness files: then one stolen key suffices.
    #[arg(long, conflicts_with = "witnesses")]
    no_witness: bool,
    /// An archive file whose events are verified with the log.
    #[arg(long = "archive")]
    archives: Vec<PathBuf>,
    /// Leaves the legal person's signatures out: the log alone is verified,
    /// which is many times quicker.
    #[arg(long)]
    no_signatures: bool,
}

impl Command {
    /// Runs the command, and says by the exit code what was found.
    pub(super) async fn run(self, config: Result<Config, Box<dyn Error>>) -> ExitCode {
        let done = match self {
            Self::Verify(command) => command.run(config).await,
            Self::Keys => keys(config),
            Self::Archive => archive(config).await,
        };
        done.unwrap_or_else(|error| exit::not_done(error.as_ref()))
    }
}

fn keys(config: Result<Config, Box<dyn Error>>) -> Result<ExitCode, Box<dyn Error>> {
    let public = files::load(&config?.keys)?.audit.public();
    super::print(&public.log.to_string());
    if let Some(witness) = public.witness {
        super::print(&witness.to_string());
    }
    Ok(ExitCode::SUCCESS)
}

async fn archive(config: Result<Config, Box<dyn Error>>) -> Result<ExitCode, Box<dyn Error>> {
    let config = config?;
    if config.audit.retention_months.is_none() {
        return Err("audit.retention_months is not set: events stay for ever".into());
    }
    let service = run::open(config, Arc::new(SystemClock)).await?;
    service.start_clock().await?;
    // Before anything: what the sequencer signs has the time that is in doubt.
    if let Some(doubt) = service.clock_doubt().await? {
        service.store.close().await;
        return Err(doubt.to_string().into());
    }
    let archived = service.sequence().await;
    let archived = match archived {
        Ok(_) => service.archive_sealed().await.map_err(Into::into),
        Err(error) => Err(Box::<dyn Error>::from(error)),
    };
    service.store.close().await;
    super::print(&format!("{} events were archived", archived?));
    Ok(ExitCode::SUCCESS)
}

impl Verify {
    async fn run(self, config: Result<Config, Box<dyn Error>>) -> Result<ExitCode, Box<dyn Error>> {
        // A proof file with pinned keys needs no configuration at all.
        let config = match (config, &self.export, self.keys.is_empty()) {
            (Ok(config), _, _) => Some(config),
            (Err(_), Some(_), false) => None,
            (Err(error), _, _) => return Err(error),
        };
        let options = self.options(config.as_ref())?;
        let mut progress = show;
        let report = match (&self.export, &config) {
            (Some(file), _) => verify_file(file, &options, &mut progress, &mut |proven| {
                if self.show {
                    super::print(&text::event(proven));
                }
            })?,
            (None, Some(config)) => {
                let store = storage::open_to_read(&config.database).await?;
                let report = verify(&StoreLog(store.as_ref()), &options, &mut progress).await;
                store.close().await;
                report?
            }
            (None, None) => return Err("there is neither a database nor a file".into()),
        };
        super::print(&text::report(&report, &options, self.export.is_some()));
        Ok(exit::found(report.is_good()))
    }

    fn options(&self, config: Option<&Config>) -> Result<Options, Box<dyn Error>> {
        let folder = config.map(|config| config.keys.as_path());
        let keys = if self.keys.is_empty() {
            let folder = folder.ok_or("give the log's public key with --key")?;
            files::load(folder)?.audit.public()
        } else {
            let keys = self.keys.iter().map(|key| VerifyKey::parse(key));
            let keys = keys.collect::<Result<Vec<_>, _>>()?;
            let log = keys.iter().find(|key| !key.is_witness());
            PublicKeys {
                log: log.cloned().ok_or("none of the keys is a log's")?,
                witness: keys.iter().find(|key| key.is_witness()).cloned(),
            }
        };
        let pem = match (&self.ca, folder) {
            (Some(path), _) => Some(std::fs::read(path)?),
            (None, Some(folder)) => files::certificates(folder)?,
            (None, None) => None,
        };
        let witnesses = match (self.no_witness || self.export.is_some(), config) {
            (true, _) => Vec::new(),
            (false, Some(config)) if self.witnesses.is_empty() => {
                config.audit.witness.iter().cloned().collect()
            }
            (false, _) => self.witnesses.clone(),
        };
        Ok(Options {
            anchors: pem.map(|pem| TrustAnchors::from_pem(&pem)).transpose()?,
            witnesses,
            archives: self.archives.clone(),
            signatures: !self.no_signatures,
            now: Some(SystemClock.now()),
            ..Options::of(keys)
        })
    }
}

/// Says how far it is, on stderr.
pub(super) fn show(progress: Progress) {
    let mut stderr = std::io::stderr();
    // Whoever closed it does not want to know.
    let _closed = write!(stderr, "\r{}\x1b[K", text::progress(progress));
    let _closed = stderr.flush();
}
