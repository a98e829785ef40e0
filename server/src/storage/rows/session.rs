//! A session with the state of its card.

use jiff::Timestamp;

use super::state::state;
use crate::storage::{SessionRecord, StoreError, row::Row};

/// The columns of [`session`], of `sessions AS s`, `cards AS c`, `enterprises AS e`.
macro_rules! session_columns {
    () => {
        concat!(
            "s.token_hash, s.card_id, s.enterprise_id, s.role, s.created_at, s.last_seen_at, \
             s.ends_at, s.ended_at, s.ended_by, s.locked_until, c.card_no, c.holder_name, \
             e.code AS enterprise_code, e.name AS enterprise_name, ",
            $crate::storage::rows::state::state_columns!()
        )
    };
}
pub(in crate::storage) use session_columns;

/// The `SELECT` of sessions, up to what follows the tables.
macro_rules! select_session {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            $crate::storage::rows::session::session_columns!(),
            " FROM sessions s \
             JOIN cards c ON c.id = s.card_id AND c.enterprise_id = s.enterprise_id \
             JOIN enterprises e ON e.id = s.enterprise_id ",
            $rest
        )
    };
}
pub(in crate::storage) use select_session;

/// The key of the certificate with this digest, if it is this card's and confirmed: the
/// one with which the card may log in.
macro_rules! certificate_that_may_log_in {
    ($digest:literal, $card:literal) => {
        concat!(
            "SELECT id FROM certificates WHERE sha256 = ",
            $digest,
            " AND card_id = ",
            $card,
            " AND standing = 'good'"
        )
    };
}
pub(in crate::storage) use certificate_that_may_log_in;

/// What a session `s` and its card `a` have to be for its legal person to act.
/// The placeholders are the hash of the session's token, its enterprise, and the
/// time.
macro_rules! legal_person_at_work {
    ($token:literal, $enterprise:literal, $now:literal) => {
        concat!(
            "SELECT 1 FROM sessions s JOIN cards a ON a.id = s.card_id WHERE s.token_hash = ",
            $token,
            " AND s.enterprise_id = ",
            $enterprise,
            " AND s.role = 'legal_person' AND s.ended_at IS NULL AND s.ends_at > ",
            $now,
            " AND a.state = 'normal'"
        )
    };
}
pub(in crate::storage) use legal_person_at_work;

/// Reads a session.
pub(in crate::storage) fn session(row: &Row) -> Result<SessionRecord, StoreError> {
    let ended = match row.optional::<Timestamp>("ended_at")? {
        Some(at) => Some((at, row.get("ended_by")?)),
        None => None,
    };
    Ok(SessionRecord {
        token: row.get("token_hash")?,
        card: row.get("card_id")?,
        enterprise: row.get("enterprise_id")?,
        role: row.get("role")?,
        created_at: row.get("created_at")?,
        last_seen_at: row.get("last_seen_at")?,
        ends_at: row.get("ends_at")?,
        ended,
        card_state: state(row)?,
        card_no: row.get("card_no")?,
        holder_name: row.get("holder_name")?,
        enterprise_code: row.get("enterprise_code")?,
        enterprise_name: row.get("enterprise_name")?,
        locked_until: row.optional("locked_until")?,
    })
}
