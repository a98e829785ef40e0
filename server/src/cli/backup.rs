//! `server backup` and `server restore`, whose [exit status](exit) is that of a check.

use std::{error::Error, path::PathBuf, process::ExitCode};

use clap::Args;
use event_log::verify::text;
use server::{
    backup::{BackupError, PostgresTools, Restore, Taking, Verified},
    clock::{Clock as _, SystemClock},
    config::Config,
};

use super::{DataDir, audit, complain, exit, print};

/// What is taken.
#[derive(Args, Debug)]
pub(super) struct BackupCommand {
    /// A folder that is not there yet, or empty.
    folder: PathBuf,
    /// Takes the keys, too: whoever has them can issue certificates and write to cards.
    #[arg(long)]
    with_keys: bool,
    /// An empty database of PostgreSQL, into which the dump is put to be verified; it is
    /// empty again afterwards. Without it the database is verified at the moment that was
    /// dumped, and the dump is only looked through. From the environment, since it may
    /// have a password.
    #[arg(long, env = "IC_CARD_SCRATCH_URL", hide_env_values = true)]
    verify_with: Option<String>,
    #[command(flatten)]
    tools: Tools,
}

/// What is put back.
#[derive(Args, Debug)]
pub(super) struct RestoreCommand {
    /// A backup.
    folder: PathBuf,
    /// Puts it back although the witness file that is there knows events which it has
    /// not.
    #[arg(long)]
    lose_newer_events: bool,
    #[command(flatten)]
    tools: Tools,
}

#[derive(Args, Debug)]
struct Tools {
    /// The folder of `pg_dump` and `pg_restore`.
    #[arg(long)]
    pg_bin: Option<PathBuf>,
}

impl From<Tools> for PostgresTools {
    fn from(tools: Tools) -> Self {
        Self {
            folder: tools.pg_bin,
            ..Self::default()
        }
    }
}

impl BackupCommand {
    /// Takes it, and says by the exit code how.
    pub(super) async fn run(
        self,
        config: Result<Config, Box<dyn Error>>,
        data_dir: &DataDir,
    ) -> ExitCode {
        let done = async {
            let config = config?;
            let config_file = data_dir.path();
            let tools = self.tools.into();
            let mut scratch = self.verify_with.map(|url| config.database.beside(url));
            if let Some(scratch) = &mut scratch {
                scratch.resolve("--verify-with", &data_dir.data)?;
            }
            let taking = Taking {
                config: &config,
                config_file: &config_file,
                place: &self.folder,
                with_keys: self.with_keys,
                scratch: scratch.as_ref(),
                tools: &tools,
            };
            let taken = taking.take(SystemClock.now(), &mut audit::show).await?;
            print(&report(&taken.verified));
            let place = taken.place.display();
            let size = taken.manifest.log.map_or(0, |log| log.size);
            print(&format!("backup in {place}: a log of {size} events"));
            for month in &taken.manifest.archives_elsewhere {
                print(&format!(
                    "not in it, for it is elsewhere: the archive {month}"
                ));
            }
            print(if self.with_keys {
                "the keys are in it: guard it like the key folder"
            } else {
                "the keys are not in it: --with-keys takes them, else back them up apart"
            });
            print("config.toml is in it as it is, with a password if it has one");
            Ok(exit::found(taken.verified.report.is_good()))
        };
        done.await
            .unwrap_or_else(|error: Box<dyn Error>| refuse(error.as_ref()))
    }
}

impl RestoreCommand {
    /// Puts it back, and says by the exit code how.
    pub(super) async fn run(self, config: Result<Config, Box<dyn Error>>) -> ExitCode {
        let done = async {
            let config = config?;
            let tools = self.tools.into();
            let restore = Restore {
                config: &config,
                backup: &self.folder,
                lose_newer_events: self.lose_newer_events,
                tools: &tools,
            };
            let restored = restore.restore(SystemClock.now(), &mut audit::show).await?;
            print(&report(&restored.verified));
            if let Some((events, kept)) = &restored.lost {
                print(&format!(
                    "{events} events are lost; {} proves that they were: keep it",
                    kept.display()
                ));
            }
            for name in &restored.without_place {
                print(&format!(
                    "not put back: {name}, for the configuration names no place for it"
                ));
            }
            for month in &restored.manifest.archives_elsewhere {
                print(&format!(
                    "not in the backup, and part of the log: the archive {month}"
                ));
            }
            match &restored.manifest.log {
                _ if !restored.is_back => print("nothing was put back"),
                Some(log) => print(&format!(
                    "put back: the log of {} events of {}",
                    log.size, log.at
                )),
                None => print("put back: nothing was signed by then"),
            }
            Ok(exit::found(restored.verified.report.is_good()))
        };
        done.await
            .unwrap_or_else(|error: Box<dyn Error>| refuse(error.as_ref()))
    }
}

fn report(verified: &Verified) -> String {
    text::report(&verified.report, &verified.options, false)
}

/// A restore that would lose something can be done, if that is wanted.
fn refuse(error: &(dyn Error + 'static)) -> ExitCode {
    if let Some(BackupError::NewerEvents { .. }) = error.downcast_ref() {
        complain(error);
        return exit::found(false);
    }
    exit::not_done(error)
}
