//! `card-bridge enroll`: makes a card with a server, in a reader of this
//! machine. The new PIN is printed once and kept nowhere.

use std::path::{Path, PathBuf};

use card_bridge::{
    clock,
    config::Settings,
    enroll::{EnrollError, Enrolled, HttpIssuer, NewPin, run},
    origin::Origin,
    reader::{Disposition, ReaderBackend as _, Sharing, in_transaction, pcsc::PcscReaders},
    replay_guard::ReplayGuard,
};
use card_protocol::{
    CardError, Pin,
    bridge::{Reader, Slot},
    enroll::Holder,
};
use clap::{ArgGroup, Args};
use serde_json::json;
use zeroize::Zeroizing;

use super::{CliError, Output, readers};

/// The variable that the administrator's token is taken from. There is no
/// option for the token itself: other users of the machine could read it.
const TOKEN_VARIABLE: &str = "CARD_BRIDGE_TOKEN";

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("role").required(true).args(["legal_person", "operator"]))]
pub(super) struct Options {
    /// The server's origin, which has to be allowed
    #[arg(long)]
    server: Origin,
    /// Whose card it is: the legal person's
    #[arg(long)]
    legal_person: bool,
    /// Whose card it is: the operator's with this number (操作员编号)
    #[arg(long, value_name = "NUMBER")]
    operator: Option<String>,
    /// The enterprise's code (统一社会信用代码)
    #[arg(long, value_name = "CODE")]
    enterprise: String,
    /// The reader, if several have a card
    #[arg(long, value_name = "NAME")]
    reader: Option<String>,
    /// A file with the administrator's token [default: from `CARD_BRIDGE_TOKEN`]
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// A software card's file instead of a reader (demo)
    #[cfg(feature = "demo")]
    #[arg(long = "virtual", value_name = "FILE", conflicts_with = "reader")]
    software_card: Option<PathBuf>,
}

pub(super) fn enroll(
    options: Options,
    settings: &Settings,
    state: PathBuf,
    output: Output,
) -> Result<(), CliError> {
    let config = settings.read()?;
    let server = options.server.as_str();
    let allowed = config
        .allowed(server)
        .ok_or_else(|| CliError::NotAllowed(options.server.clone()))?;
    let enrol_key = allowed.enrol_key.clone();
    let enrol_key = enrol_key.ok_or_else(|| CliError::NoEnrolKey(options.server.clone()))?;
    let token = token(options.token_file.as_deref())?;
    let issuer = HttpIssuer::new(options.server, enrol_key, token);
    let (guard, clock) = (ReplayGuard::in_folder(state), clock::system());
    let enterprise = options.enterprise;
    let holder = match options.operator {
        Some(operator) => Holder::Operator {
            enterprise,
            operator,
        },
        None => Holder::LegalPerson { enterprise },
    };
    #[cfg(feature = "demo")]
    if let Some(file) = options.software_card {
        use card_bridge::reader::demo::SoftwareCard;
        let mut card = SoftwareCard::new(virtual_card::VirtualCard::open(file)?)?;
        let enrolled = run(&mut card, &issuer, holder, NewPin::Random, &guard, &clock);
        return report(enrolled, output);
    }
    let backend = PcscReaders::start(false, Vec::new())?;
    let reader = choose(&backend, options.reader)?;
    let mut connection = backend.connect(&reader)?;
    let mut enrolled = None;
    let outcome = in_transaction(&mut *connection, Sharing::Shared, |card| {
        enrolled = Some(run(card, &issuer, holder, NewPin::Random, &guard, &clock));
        Ok(())
    });
    // The card has seen its factory PIN verified.
    connection.disconnect(Disposition::Reset);
    outcome??;
    report(enrolled.ok_or(CardError::ReaderError)?, output)
}

fn report(enrolled: Result<Enrolled, EnrollError>, output: Output) -> Result<(), CliError> {
    let enrolled = enrolled.inspect_err(|error| {
        // Nothing else may keep the error itself from being told.
        if let EnrollError::Unanswered { pin, .. } = error
            && let Err(untold) = perhaps_made(pin, output)
        {
            tracing::error!(%untold, "the PIN could not be printed");
        }
    })?;
    let Enrolled {
        card_no,
        holder_name,
        chip,
        pin,
    } = enrolled;
    let digits = pin.digits();
    output.print(
        &json!({ "card_no": card_no, "holder_name": holder_name, "chip": chip, "pin": digits }),
        &format!("IC卡号 {card_no}\n持卡人 {holder_name}\nPIN    {digits}（只显示这一次）"),
    )
}

/// The PIN of a card of which nobody knows here whether it was made: if it was,
/// nobody else can tell its PIN.
fn perhaps_made(pin: &Pin, output: Output) -> Result<(), CliError> {
    let digits = pin.digits();
    output.print(
        &json!({ "made": "unknown", "pin": digits }),
        &format!(
            "服务器没有答复，这张卡可能已经制成。请在卡列表中查看：\n\
             状态为正常，则卡已制成；状态为未制卡，则请将PIV应用恢复出厂设置后重新制卡。\n\
             PIN    {digits}（只显示这一次）"
        ),
    )
}

fn token(file: Option<&Path>) -> Result<Zeroizing<String>, CliError> {
    let text = match file {
        Some(file) => Zeroizing::new(std::fs::read_to_string(file)?),
        None => Zeroizing::new(std::env::var(TOKEN_VARIABLE).map_err(|_unset| CliError::NoToken)?),
    };
    let token = Zeroizing::new(text.trim().to_owned());
    if token.is_empty() {
        return Err(CliError::NoToken);
    }
    Ok(token)
}

/// The named reader, or the only one with a card in it.
fn choose(backend: &PcscReaders, name: Option<String>) -> Result<String, CliError> {
    if let Some(name) = name {
        readers::look(backend)?;
        return Ok(name);
    }
    let found = readers::look(backend)?;
    let has_card = |reader: &&Reader| matches!(reader.slot, Slot::Card { .. });
    let names: Vec<_> = found
        .readers
        .iter()
        .filter(has_card)
        .map(|reader| reader.name.as_str())
        .collect();
    match *names {
        [] if found.readers.is_empty() => Err(CardError::NoReader.into()),
        [] => Err(CardError::NoCard.into()),
        [only] => Ok(only.to_owned()),
        _ => Err(CliError::WhichReader(names.join(", "))),
    }
}
