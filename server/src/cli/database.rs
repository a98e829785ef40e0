//! `server database`: the tables. Nothing else but `server serve` makes or changes them.

use std::error::Error;

use clap::{Args, Subcommand};
use server::{
    config::{Config, DatabaseKind},
    storage::{
        self,
        roles::{RoleName, Roles},
    },
};

/// What can be done.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Makes the tables, and the SQLite file where there is none, or brings them up to
    /// date. On PostgreSQL as the role that owns them.
    Migrate,
    /// Prints the SQL that makes three roles of PostgreSQL: one that owns the tables, one
    /// that serves, one that verifies. For psql, as a superuser.
    Roles(Names),
}

/// What the roles are called.
#[derive(Args, Debug)]
pub(super) struct Names {
    /// Owns the tables.
    #[arg(long, default_value = "ic_card_migrator")]
    migrator: RoleName,
    /// Serves.
    #[arg(long, default_value = "ic_card_service")]
    service: RoleName,
    /// Verifies.
    #[arg(long, default_value = "ic_card_verifier")]
    verifier: RoleName,
}

impl Command {
    /// Does it.
    pub(super) async fn run(self, config: &Config) -> Result<(), Box<dyn Error>> {
        super::print(&match self {
            Self::Migrate => migrate(config).await?,
            Self::Roles(names) => {
                if config.database.address()?.kind() == DatabaseKind::Sqlite {
                    return Err("SQLite has no roles: who may read its file may do all".into());
                }
                names.roles(config).sql()?
            }
        });
        Ok(())
    }
}

async fn migrate(config: &Config) -> Result<String, Box<dyn Error>> {
    let storage::Migrated { from, to } = storage::migrate(&config.database).await?;
    Ok(match from {
        0 => format!("the tables were made: version {to}"),
        _ if from == to => format!("the tables are of version {to}: nothing was to be done"),
        _ => format!("the tables were of version {from}, and are of version {to} now"),
    })
}

impl Names {
    fn roles(self, config: &Config) -> Roles {
        Roles {
            migrator: self.migrator,
            service: self.service,
            verifier: self.verifier,
            archives: config.audit.retention_months.is_some(),
        }
    }
}
