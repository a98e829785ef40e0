//! `server operations`: what is open in the journal, and giving up one of it.

use std::{error::Error, fmt::Write as _, sync::Arc};

use clap::Subcommand;
use server::{
    clock::SystemClock,
    config::Config,
    known_time,
    operations::expiry,
    storage::{self, OperationRecord, SqlStore},
};
use uuid::Uuid;

/// What can be done.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Lists the open operations, the newest first.
    List {
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Shows one operation with its steps.
    Show {
        /// The operation's id, as `list` prints it
        id: Uuid,
    },
    /// Gives one operation up.
    Abandon {
        /// The operation's id, as `list` prints it
        id: Uuid,
        /// Also when the card may have been written: when it is seen again,
        /// it is put right.
        #[arg(long)]
        force: bool,
    },
}

impl Command {
    /// Does it.
    pub(super) async fn run(self, config: &Config) -> Result<(), Box<dyn Error>> {
        let store = storage::open(&config.database).await?;
        let done = self.run_with(&store).await;
        store.close().await;
        super::print(&done?);
        Ok(())
    }

    /// Does it; gives what is to be printed.
    async fn run_with(self, store: &SqlStore) -> Result<String, Box<dyn Error>> {
        match self {
            Self::List { limit } => {
                let open = store.open_operations(None, limit).await?;
                let mut text = format!("{} open", open.len());
                for operation in &open {
                    let _infallible = write!(text, "\n{}", line(operation));
                }
                Ok(text)
            }
            Self::Show { id } => {
                let operation = store.operation(id).await?;
                Ok(show(&operation.ok_or(expiry::AbandonError::NotFound)?))
            }
            Self::Abandon { id, force } => {
                let now = known_time::command_time(store, Arc::new(SystemClock)).await?;
                expiry::abandon(store, id, force, now).await?;
                Ok(String::from("abandoned"))
            }
        }
    }
}

/// One line without personal data.
fn line(operation: &OperationRecord) -> String {
    let card = &operation.card;
    let number = &card.chip.card_no.0;
    let touched = if operation.touched_at.is_some() {
        "the card may have been written"
    } else {
        "the card was not touched"
    };
    format!(
        "{} {} card {number} {} since {} ({touched})",
        operation.id,
        operation.action.name(),
        operation.state.name(),
        operation.times.prepared,
    )
}

fn show(operation: &OperationRecord) -> String {
    let times = &operation.times;
    let mut text = line(operation);
    for (name, at) in [
        ("prepared", Some(times.prepared)),
        ("touched", operation.touched_at),
        ("issued", times.issued),
        ("written", times.written),
        ("read back", times.read_back),
        ("confirmed", times.confirmed),
        ("abandoned", times.abandoned),
        ("settled", operation.settled_at),
    ] {
        if let Some(at) = at {
            let _infallible = write!(text, "\n  {name:<10} {at}");
        }
    }
    if let Some((from, to)) = operation.puk {
        let _infallible = write!(text, "\n  PUK        generation {from} to {to}");
    }
    if let Some(problem) = &operation.problem {
        let _infallible = write!(text, "\n  problem    {problem}");
    }
    text
}
