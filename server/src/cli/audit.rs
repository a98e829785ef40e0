//! `server audit`: verifying the log, the public keys to pin it to, and
//! moving sealed months to files.
//!
//! Exit status of `verify`: 0 all is good, 1 something was found, 2 it could
//! not be checked.

use std::{error::Error, io::Write as _, path::PathBuf, process::ExitCode, sync::Arc};

use clap::{Args, Subcommand};
use jiff::Timestamp;
use server::{
    audit::{
        VerifyKey,
        keys::PublicKeys,
        verify::{Options, Progress, Proven, Report, verify, verify_file},
    },
    clock::{Clock as _, SystemClock},
    config::Config,
    keys::files,
    pki::TrustAnchors,
    run, storage,
};

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

/// What is verified.
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

/// Exit status: something was found.
const FOUND: u8 = 1;
/// Exit status: it could not be checked.
const NOT_CHECKED: u8 = 2;

impl Command {
    /// Does it.
    pub(super) async fn run(self, config: Result<Config, Box<dyn Error>>) -> ExitCode {
        let done = match self {
            Self::Verify(command) => command.run(config).await,
            Self::Keys => keys(config),
            Self::Archive => archive(config).await,
        };
        done.unwrap_or_else(|error| {
            crate::cli::complain(error.as_ref());
            ExitCode::from(NOT_CHECKED)
        })
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
    let archived = service.sequence().await;
    let archived = match archived {
        Ok(_) => service.archive_sealed().await.map_err(Into::into),
        Err(error) => Err(Box::<dyn Error>::from(error)),
    };
    service.close().await;
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
                    super::print(&event(proven));
                }
            })?,
            (None, Some(config)) => {
                let store = storage::open_to_read(&config.database.url).await?;
                let report = verify(store.as_ref(), &options, &mut progress).await;
                store.close().await;
                report?
            }
            (None, None) => return Err("there is neither a database nor a file".into()),
        };
        for finding in &report.findings {
            super::print(&format!("FOUND: {finding}"));
        }
        if report.more > 0 {
            super::print(&format!("and {} more", report.more));
        }
        super::print(&summary(&report, &options, self.export.is_some()));
        Ok(if report.is_good() {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(FOUND)
        })
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
            (None, Some(folder)) => std::fs::read(folder.join("ca.cert.pem")).ok(),
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
            keys,
            anchors: pem.map(|pem| TrustAnchors::from_pem(&pem)).transpose()?,
            witnesses,
            archives: self.archives.clone(),
            signatures: !self.no_signatures,
            now: SystemClock.now(),
        })
    }
}

/// An event of a file, for whoever wants to know what is proven.
fn event(proven: &Proven<'_>) -> String {
    let leaf = &proven.leaf;
    let at = Timestamp::from_microsecond(leaf.at);
    let at = at.map_or_else(|_range| leaf.at.to_string(), |at| at.to_string());
    let mut text = format!(
        "event {} at position {}: {} {}, {at}",
        leaf.seq, proven.position, leaf.act, leaf.outcome
    );
    if let Some(target) = leaf.target {
        text.push_str(", card ");
        text.push_str(&target.to_string());
    }
    if let Some(signer) = &proven.signer {
        text.push_str("\n    signed by ");
        text.push_str(&signer.to_string());
    }
    for line in proven.body.statement.unwrap_or_default().lines() {
        text.push_str("\n    ");
        // A terminal must not be told anything.
        text.extend(line.chars().filter(|letter| !letter.is_control()));
    }
    text
}

/// What was verified, in one line for each thing.
fn summary(report: &Report, options: &Options, is_file: bool) -> String {
    let mut lines = if is_file {
        vec![format!(
            "{} events of the file, each proven to be in the log, which had {} when it was signed",
            report.events, report.size
        )]
    } else {
        vec![
            format!(
                "{} events in the log, {} compared with it, {} in archives that were not given, \
                 {} waiting",
                report.size, report.events, report.archived, report.waiting
            ),
            format!(
                "{} checkpoints, {} witnessed ({} lines cut off)",
                report.checkpoints, report.witnessed, report.broken_lines
            ),
        ]
    };
    lines.push(if options.signatures {
        format!(
            "{} signatures of the legal person, {} from before they could be verified; of those, \
             who signed stands in the certificate alone for {}, and nowhere for {}{}",
            report.signatures,
            report.signatures_before,
            report.signers_by_certificate,
            report.signers_unnamed,
            if options.anchors.is_none() {
                "; who issued the certificates was not checked (--ca)"
            } else {
                ""
            }
        )
    } else {
        String::from("signatures were left out")
    });
    lines.push(String::from(if report.is_good() {
        "good"
    } else {
        "NOT good: docs/audit.md says what to do"
    }));
    lines.join("\n")
}

/// Says how far it is, on stderr.
fn show(progress: Progress) {
    let text = match progress {
        Progress::Log(done, all) => format!("{done} of {all} events"),
        Progress::Signatures(done) => format!("signatures: {done} events"),
        Progress::File(done) => format!("{done} lines"),
    };
    let mut stderr = std::io::stderr();
    // Whoever closed it does not want to know.
    let _closed = write!(stderr, "\r{text}\x1b[K");
    let _closed = stderr.flush();
}
