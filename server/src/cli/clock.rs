//! `server clock`: what the server knows of the time, and a person's word for it.

use std::{error::Error, process::ExitCode, sync::Arc};

use clap::Subcommand;
use server::{
    clock::{Clock as _, SystemClock, watch::ClockWatch},
    config::Config,
    keys::files,
    known_time, storage,
};

/// What can be done.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Prints the machine's clock and the newest time that is known; exit status 1 if
    /// they don't go together.
    Show,
    /// Says that this machine's clock is right. A server in doubt goes on with its work
    /// within seconds.
    Confirm,
}

impl Command {
    /// Runs the command.
    pub(super) async fn run(self, config: Config) -> Result<ExitCode, Box<dyn Error>> {
        let keys = files::load(&config.keys)?;
        let store = storage::open(&config.database).await?;
        let known = known_time::beginning(&store, &keys.audit).await?;
        let newest = known.map(|known| known.newest);
        let watch = ClockWatch::new(Arc::new(SystemClock));
        let now = SystemClock.now();
        super::print(&format!("the machine's clock: {now}"));
        match newest {
            Some(newest) => super::print(&format!("the newest time that is known: {newest}")),
            None => super::print("no time is known yet"),
        }
        let code = match self {
            Self::Show => {
                if let Some(known) = known {
                    watch.start(known);
                }
                match watch.doubt() {
                    Some(doubt) => {
                        super::print(&doubt.to_string());
                        ExitCode::FAILURE
                    }
                    None => ExitCode::SUCCESS,
                }
            }
            Self::Confirm => {
                known_time::confirm_clock(&store, newest, now).await?;
                super::print("confirmed");
                ExitCode::SUCCESS
            }
        };
        store.close().await;
        Ok(code)
    }
}
