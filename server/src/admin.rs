//! What an administrator does at the command line: tokens, enterprises,
//! persons who are to get a card.

mod import;
mod missing_keys;
mod tokens;

use card_domain::{
    CardId, ClientInfo, EnterpriseId, EventAct, EventOutcome, IdNumber, OperatorNo, written,
};
use card_protocol::legible::is_legible;
use event_log::{EventFacts, card_facts::EnterpriseNames};
use jiff::Timestamp;
use thiserror::Error;

use crate::{
    keys::{IdNumberKeys, KeyError},
    random::{self, RandomError},
    storage::{Holder, IdNumberIndex, NewCard, NewEnterprise, NewEvent, SqlStore, StoreError},
};

pub use import::{Import, ImportError, ImportedEnterprise, ImportedLegalPerson, ImportedOperator};
pub use missing_keys::{MissingKeyError, complete_keys};
pub use tokens::{make_token, revoke_token, token_number};

/// Why an administrator's command failed.
#[derive(Debug, Error)]
pub enum AdminError {
    /// The store can't be opened, read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key for 证件编号 could not be derived or used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The system gives no random bytes for a new key or token.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// What an event says of it has no form in JSON.
    #[error("own JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// No enterprise has this code.
    #[error("no enterprise has the code {0}")]
    NoEnterprise(String),
    /// No token has this number, or more than one.
    #[error("no token has the number {0}: `server admin token list`")]
    NoToken(String),
    /// A value is out of bounds; it is not repeated, it may be personal.
    #[error("{0} is empty, too long or has forbidden characters")]
    Value(&'static str),
    /// A value would read otherwise than it is written. Not repeated either.
    #[error(
        "{0} has characters that are invisible or change how a text reads, or is not in Unicode's \
         normal form C"
    )]
    NotLegible(&'static str),
}

/// What is to be known of a person who gets a card.
#[derive(Debug)]
pub struct Person<'a> {
    /// Legal person or which operator.
    pub holder: Holder,
    /// The holder's name, as it will stand in the certificate.
    pub name: &'a str,
    /// 证件编号.
    pub id_number: &'a IdNumber,
}

/// Registers an enterprise.
///
/// # Errors
///
/// [`AdminError`]
pub async fn add_enterprise(
    store: &SqlStore,
    now: Timestamp,
    code: &str,
    name: &str,
) -> Result<EnterpriseId, AdminError> {
    let id = EnterpriseId(random::uuid(now)?);
    let enterprise = NewEnterprise {
        id,
        code: ascii("code", code, 32)?,
        name: text("name", name, 100)?,
    };
    let facts = EventFacts {
        enterprise: Some(EnterpriseNames {
            code: enterprise.code.clone(),
            name: enterprise.name.clone(),
        }),
        ..EventFacts::default()
    };
    let event = NewEvent {
        facts: Some(facts.to_json()?),
        ..event(now, EventAct::AddEnterprise, Some(id), None)
    };
    store.add_enterprise(enterprise, event).await?;
    Ok(id)
}

/// Registers a person who is to get a card: 未制卡.
///
/// # Errors
///
/// [`AdminError`]
pub async fn add_person(
    store: &SqlStore,
    keys: &IdNumberKeys,
    now: Timestamp,
    enterprise_code: &str,
    person: &Person<'_>,
) -> Result<CardId, AdminError> {
    let enterprise = store
        .enterprise_by_code(&written::code(enterprise_code))
        .await?
        .ok_or_else(|| AdminError::NoEnterprise(enterprise_code.to_owned()))?;
    let id = CardId(random::uuid(now)?);
    let holder = match &person.holder {
        Holder::LegalPerson => Holder::LegalPerson,
        Holder::Operator(number) => {
            Holder::Operator(OperatorNo(ascii("operator number", &number.0, 32)?))
        }
    };
    let card = NewCard {
        id,
        enterprise: enterprise.id,
        holder,
        holder_name: text("name", &written::name(person.name), 64)?,
        id_number_cipher: keys.encrypt(id, person.id_number)?,
        id_number_index: IdNumberIndex(keys.index(enterprise.id, person.id_number)?.0),
        created_at: now,
    };
    let event = event(now, EventAct::AddCard, Some(enterprise.id), Some(id));
    store.add_card(card, event).await?;
    Ok(id)
}

fn event(
    now: Timestamp,
    act: EventAct,
    enterprise: Option<EnterpriseId>,
    target: Option<CardId>,
) -> NewEvent {
    NewEvent {
        at: now,
        enterprise,
        actor: None,
        act,
        target,
        outcome: EventOutcome::Done,
        statement: None,
        client: ClientInfo::default(),
        detail: Some(String::from("command line")),
        facts: None,
    }
}

/// Text of 1 to `most` characters that reads as it is written: it may come to stand
/// in what the legal person signs.
fn text(name: &'static str, value: &str, most: usize) -> Result<String, AdminError> {
    let value = value.trim();
    let length = value.chars().count();
    if length == 0 || length > most || value.chars().any(char::is_control) {
        return Err(AdminError::Value(name));
    }
    if !is_legible(value) {
        return Err(AdminError::NotLegible(name));
    }
    Ok(value.to_owned())
}

/// The same for codes and numbers: ASCII letters, digits and `-`.
fn ascii(name: &'static str, value: &str, most: usize) -> Result<String, AdminError> {
    let value = text(name, &written::code(value), most)?;
    if value
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    {
        Ok(value)
    } else {
        Err(AdminError::Value(name))
    }
}
