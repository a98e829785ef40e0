//! Administrators' tokens, for `card-bridge enroll`: made, listed, and taken back.

use card_domain::{EnterpriseId, EventAct};
use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

use super::{AdminError, event, text};
use crate::{
    bearer::{Bearer, Rights},
    keys::MasterKey,
    storage::{AdminToken, NewEvent, SqlStore, TokenHash},
};

/// Digits of a token's number: its hash's first, enough to tell some hundred apart.
const NUMBER_DIGITS: usize = 8;

/// Makes an administrator's token, for the cards of one enterprise or of any. It is shown
/// once; only its hash is stored.
///
/// # Errors
///
/// [`AdminError`]
pub async fn make_token(
    store: &SqlStore,
    master: &MasterKey,
    now: Timestamp,
    life: SignedDuration,
    note: &str,
    enterprise_code: Option<&str>,
) -> Result<Zeroizing<String>, AdminError> {
    let note = text("note", note, 200)?;
    let enterprise = match enterprise_code {
        Some(code) => Some(enterprise_of(store, code).await?),
        None => None,
    };
    let expires_at = now + life;
    let rights = Rights::of_admin_token(&note, [now, expires_at], enterprise);
    let bearer = Bearer::new(master, "ic-admin-", &rights)?;
    let kept = AdminToken {
        hash: bearer.hash(),
        created_at: now,
        expires_at,
        note,
        enterprise,
    };
    let cards = enterprise_code.unwrap_or("any enterprise");
    let event = NewEvent {
        detail: Some(format!(
            "command line: token {} for {cards}, until {expires_at}",
            token_number(kept.hash)
        )),
        ..event(now, EventAct::AddAdminToken, None, None)
    };
    store.put_admin_token(kept, event).await?;
    Ok(Zeroizing::new(bearer.secret().to_owned()))
}

async fn enterprise_of(store: &SqlStore, code: &str) -> Result<EnterpriseId, AdminError> {
    let enterprise = store.enterprise_by_code(code).await?;
    enterprise
        .map(|enterprise| enterprise.id)
        .ok_or_else(|| AdminError::NoEnterprise(code.to_owned()))
}

/// What an administrator calls a token by. It opens nothing.
#[must_use]
pub fn token_number(hash: TokenHash) -> String {
    let digits: Vec<String> = hash.0.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat().chars().take(NUMBER_DIGITS).collect()
}

/// Takes a token back, by its number. What it began is refused from now on.
///
/// # Errors
///
/// [`AdminError::NoToken`] where there is none with this number, or more than one.
pub async fn revoke_token(
    store: &SqlStore,
    now: Timestamp,
    number: &str,
) -> Result<AdminToken, AdminError> {
    let tokens = store.admin_tokens().await?;
    let mut found = tokens
        .into_iter()
        .filter(|token| token_number(token.hash) == number);
    let (Some(token), None) = (found.next(), found.next()) else {
        return Err(AdminError::NoToken(number.to_owned()));
    };
    let event = NewEvent {
        detail: Some(format!("command line: token {number}")),
        ..event(now, EventAct::RevokeAdminToken, None, None)
    };
    if store.take_admin_token(token.hash, event).await? {
        Ok(token)
    } else {
        Err(AdminError::NoToken(number.to_owned()))
    }
}
