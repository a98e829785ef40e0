//! The commands and what they print.

mod audit;
mod backup;
mod clock;
mod database;
mod exit;
mod keys;
mod log;
mod operations;
mod owner;
mod token;

use std::{error::Error, net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc};

use card_domain::{IdNumber, OperatorNo};
use clap::{Args, Parser, Subcommand};
use jiff::Timestamp;
use server::{
    admin::{self, Import, Person},
    clock::SystemClock,
    config::Config,
    keys::files,
    known_time,
    pki::attestation::AttestationRoots,
    storage::{self, Holder},
};
use tokio::net::TcpListener;

type Outcome = Result<(), Box<dyn Error>>;

/// The service of IC卡自主管理.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Cli {
    #[command(flatten)]
    data_dir: DataDir,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args, Debug)]
struct DataDir {
    /// The configuration; DATA/config.toml when absent.
    #[arg(long, env = "IC_CARD_CONFIG", global = true)]
    config: Option<PathBuf>,
    /// The folder that relative paths of the configuration lie in.
    #[arg(long, env = "IC_CARD_DATA", default_value = ".", global = true)]
    data: PathBuf,
    /// Wins over the configuration's database.url; a relative path lies in the data
    /// folder, too.
    #[arg(
        long,
        env = "IC_CARD_DATABASE_URL",
        hide_env_values = true,
        global = true
    )]
    database_url: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves until SIGTERM or Ctrl-C.
    Serve {
        /// Address and port.
        #[arg(long, env = "IC_CARD_LISTEN", default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
    },
    /// Reads the configuration, says what is wrong with it, and changes nothing.
    CheckConfig,
    /// Makes all keys. Never overwrites any.
    InitKeys(keys::InitKeys),
    /// Gives the CA a new certificate of 30 years over its key, once it issues for less
    /// than two more years. The servers have to be started anew.
    RenewCa,
    /// Prints the public program-signing key for `card-bridge allow`.
    ProgramKey,
    /// The tables.
    #[command(subcommand)]
    Database(database::Command),
    /// Administration.
    #[command(subcommand)]
    Admin(Admin),
    /// 延期 and 解锁 that are not finished.
    #[command(subcommand)]
    Operations(operations::Command),
    /// What the server knows of the time.
    #[command(subcommand)]
    Clock(clock::Command),
    /// The log of all events.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Takes a backup into a new folder, also while the server serves: database, witness
    /// file, archives, configuration. Verifies it.
    Backup(backup::BackupCommand),
    /// Puts a backup back, where no database is yet.
    Restore(backup::RestoreCommand),
}

#[derive(Debug, Subcommand)]
enum Admin {
    /// Makes a token for `card-bridge enroll` and prints it once; lists tokens, and takes
    /// them back.
    Token(token::Token),
    /// Enterprises.
    #[command(subcommand)]
    Enterprise(AddEnterprise),
    /// Operators.
    #[command(subcommand)]
    Operator(AddOperator),
    /// Legal persons.
    #[command(subcommand)]
    LegalPerson(AddLegalPerson),
    /// Imports enterprises and persons from a JSON file.
    Import {
        /// The JSON file with the enterprises and their operators
        file: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
enum AddEnterprise {
    /// Registers an enterprise.
    Add {
        /// 统一社会信用代码.
        #[arg(long)]
        code: String,
        /// The name.
        #[arg(long)]
        name: String,
    },
}

#[derive(Debug, Subcommand)]
enum AddOperator {
    /// Registers an operator.
    Add {
        /// 操作员编号.
        #[arg(long)]
        operator_no: String,
        #[command(flatten)]
        person: PersonArgs,
    },
}

#[derive(Debug, Subcommand)]
enum AddLegalPerson {
    /// Registers the legal person.
    Add {
        #[command(flatten)]
        person: PersonArgs,
    },
}

#[derive(Args)]
struct PersonArgs {
    /// The enterprise's code.
    #[arg(long)]
    enterprise: String,
    /// The name.
    #[arg(long)]
    name: String,
    /// 证件编号, from the environment so that it stands in no list of processes.
    #[arg(long, env = "IC_CARD_ID_NUMBER", hide_env_values = true)]
    id_number: String,
}

impl std::fmt::Debug for PersonArgs {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PersonArgs(…)")
    }
}

impl DataDir {
    /// The configuration's file.
    fn path(&self) -> PathBuf {
        let default = || self.data.join("config.toml");
        self.config.clone().unwrap_or_else(default)
    }

    fn read(&self) -> Result<Config, Box<dyn Error>> {
        let mut config = Config::read(&self.path())?;
        if let Some(url) = &self.database_url {
            config.database.url.clone_from(url);
        }
        config.resolve(&self.data)?;
        config.check()?;
        Ok(config)
    }
}

impl Command {
    /// Whether it is the service's, or makes files where the service has its own. The
    /// others only read there, and a backup is whose who takes it.
    const fn works_in_the_folder(&self) -> bool {
        match self {
            Self::Serve { .. }
            | Self::InitKeys(_)
            | Self::RenewCa
            | Self::Database(_)
            | Self::Admin(_)
            | Self::Operations(_)
            | Self::Clock(_)
            | Self::Audit(audit::Command::Archive)
            | Self::Restore(_) => true,
            Self::CheckConfig
            | Self::ProgramKey
            | Self::Audit(audit::Command::Verify(_) | audit::Command::Keys)
            | Self::Backup(_) => false,
        }
    }
}

impl Cli {
    pub(crate) fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        if self.command.works_in_the_folder() {
            owner::become_owner_of(&self.data_dir.data)?;
        }
        let repeats = log::to_stderr();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        runtime.spawn(repeats.clone().say());
        let done = runtime.block_on(self.run_async());
        repeats.say_now();
        done
    }

    async fn run_async(self) -> Result<ExitCode, Box<dyn Error>> {
        let config = self.data_dir.read();
        let done = match self.command {
            // They have exit statuses of their own, and the first may need no
            // configuration.
            Command::Audit(command) => return Ok(command.run(config).await),
            Command::Backup(command) => return Ok(command.run(config, &self.data_dir).await),
            Command::Restore(command) => return Ok(command.run(config).await),
            Command::Clock(command) => return command.run(config?).await,
            Command::CheckConfig => check_config(&config?),
            Command::InitKeys(command) => command.run(&config?).await,
            Command::RenewCa => keys::renew_ca(&config?).await,
            Command::ProgramKey => keys::print_program_key(&config?),
            Command::Serve { listen } => serve(config?, listen).await,
            Command::Database(command) => command.run(&config?).await,
            Command::Admin(command) => command.run(config?).await,
            Command::Operations(command) => command.run(&config?).await,
        };
        done.map(|()| ExitCode::SUCCESS)
    }
}

fn check_config(config: &Config) -> Outcome {
    AttestationRoots::read(&config.pki.attestation_roots)?;
    storage::check_address(&config.database)?;
    print(&format!("{config:#?}\nthe configuration is good"));
    Ok(())
}

async fn serve(config: Config, listen: SocketAddr) -> Outcome {
    // Before anything is announced: whoever reads "listening" may say stop at once, and is
    // heard.
    let stop = stop_signal()?;
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| format!("{listen} can't be listened on: {error}"))?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    server::run(config, Arc::new(SystemClock), listener, stop).await?;
    Ok(())
}

impl Admin {
    async fn run(self, config: Config) -> Outcome {
        let store = storage::open(&config.database).await?;
        let done = self.run_with(&config, &store).await;
        store.close().await;
        print(&done?);
        Ok(())
    }

    /// Does it; gives what is to be printed.
    async fn run_with(
        self,
        config: &Config,
        store: &storage::SqlStore,
    ) -> Result<String, Box<dyn Error>> {
        let now = known_time::command_time(store, Arc::new(SystemClock)).await?;
        match self {
            Self::Token(token) => token.run(config, store, now).await,
            Self::Enterprise(AddEnterprise::Add { code, name }) => {
                let id = admin::add_enterprise(store, now, &code, &name).await?;
                Ok(id.to_string())
            }
            Self::Operator(AddOperator::Add {
                operator_no,
                person,
            }) => {
                let holder = Holder::Operator(OperatorNo(operator_no));
                person.add(config, (store, now), holder).await
            }
            Self::LegalPerson(AddLegalPerson::Add { person }) => {
                person.add(config, (store, now), Holder::LegalPerson).await
            }
            Self::Import { file } => {
                let import: Import = serde_json::from_slice(&std::fs::read(&file)?)?;
                let keys = files::load(&config.keys)?;
                let added = import.run(store, &keys.id_numbers, now).await?;
                Ok(format!("{added} new persons"))
            }
        }
    }
}

impl PersonArgs {
    /// Registers the person; gives the card's id.
    async fn add(
        &self,
        config: &Config,
        (store, now): (&storage::SqlStore, Timestamp),
        holder: Holder,
    ) -> Result<String, Box<dyn Error>> {
        let keys = files::load(&config.keys)?;
        let person = Person {
            holder,
            name: &self.name,
            id_number: &IdNumber::parse(&self.id_number)?,
        };
        let id = admin::add_person(store, &keys.id_numbers, now, &self.enterprise, &person).await?;
        Ok(id.to_string())
    }
}

/// Ready at the first SIGTERM or Ctrl-C.
fn stop_signal() -> Result<impl Future<Output = ()> + Send + 'static, std::io::Error> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
    })
}

#[expect(clippy::print_stdout, reason = "the command line's answer")]
fn print(text: &str) {
    println!("{text}");
}

/// Prints an error and what caused it.
#[expect(clippy::print_stderr, reason = "the command line's answer")]
pub(crate) fn complain(error: &dyn Error) {
    eprintln!("error: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprintln!("  because: {cause}");
        source = cause.source();
    }
}
