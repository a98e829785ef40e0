//! `server admin token`: makes, lists and takes back what `card-bridge enroll` needs.

use std::{error::Error, fmt::Write as _};

use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};
use server::{
    admin::{make_token, revoke_token, token_number},
    config::Config,
    keys::files,
    storage::SqlStore,
};

/// What can be done with tokens; without a word, one is made.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Token {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    new: NewToken,
}

#[derive(Args, Debug)]
struct NewToken {
    /// Valid for so many hours, a week at most.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=168))]
    hours: u8,
    /// What it is for.
    #[arg(long, default_value = "card-bridge enroll")]
    note: String,
    /// The code of the enterprise whose cards it makes; absent, it makes those of any.
    #[arg(long)]
    enterprise: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lists the tokens that are not over, the newest first.
    List,
    /// Takes a token back: it is refused from now on.
    Revoke {
        /// The token's number, as `list` prints it
        number: String,
    },
}

impl Token {
    /// Does it; gives what is to be printed.
    pub(super) async fn run(
        self,
        config: &Config,
        store: &SqlStore,
        now: Timestamp,
    ) -> Result<String, Box<dyn Error>> {
        match self.command {
            None => {
                let NewToken {
                    hours,
                    note,
                    enterprise,
                } = self.new;
                let life = SignedDuration::from_hours(hours.into());
                let master = files::load(&config.keys)?.master;
                let enterprise = enterprise.as_deref();
                let token = make_token(store, &master, now, life, &note, enterprise).await?;
                Ok(token.to_string())
            }
            Some(Command::List) => {
                let mut tokens = store.admin_tokens().await?;
                tokens.retain(|token| now <= token.expires_at);
                let mut lines = format!("{} tokens", tokens.len());
                for token in tokens {
                    let cards = match token.enterprise {
                        Some(enterprise) => match store.enterprise(enterprise).await? {
                            Some(enterprise) => enterprise.code,
                            None => enterprise.0.to_string(),
                        },
                        None => String::from("any enterprise"),
                    };
                    let _infallible = write!(
                        lines,
                        "\n{} for {cards}, made {}, until {}: {}",
                        token_number(token.hash),
                        token.created_at,
                        token.expires_at,
                        token.note
                    );
                }
                Ok(lines)
            }
            Some(Command::Revoke { number }) => {
                let token = revoke_token(store, now, &number).await?;
                Ok(format!("revoked: {}", token.note))
            }
        }
    }
}
