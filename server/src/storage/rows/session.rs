//! A session with the state of its card.

use card_domain::{CardId, CardNo, EnterpriseId};

use super::{card::role, digest, named, state::state};
use crate::storage::{
    EndedBy, SessionRecord, StoreError, TokenHash,
    sql::{Columns, needed},
};

/// The columns of [`session`], of `sessions AS s`, `cards AS c`, `enterprises AS e`.
macro_rules! session_columns {
    () => {
        "s.token_hash, s.card_id, s.enterprise_id, s.role, s.created_at, s.last_seen_at, \
         s.ends_at, s.ended_at, s.ended_by, \
         c.state, c.state_since, c.lost_from, c.lost_from_since, \
         c.card_no, c.holder_name, e.code, e.name, s.locked_until"
    };
}
pub(in crate::storage) use session_columns;

/// Reads a session.
pub(in crate::storage) fn session(row: &impl Columns) -> Result<SessionRecord, StoreError> {
    let ended = match (row.time(7)?, row.text(8)?) {
        (Some(at), Some(name)) => {
            Some((at, named(&name, EndedBy::from_name, "sessions.ended_by")?))
        }
        _ => None,
    };
    Ok(SessionRecord {
        token: TokenHash(digest(
            needed(row.bytes(0)?, "sessions.token_hash")?,
            "sessions.token_hash",
        )?),
        card: CardId(needed(row.uuid(1)?, "sessions.card_id")?),
        enterprise: EnterpriseId(needed(row.uuid(2)?, "sessions.enterprise_id")?),
        role: role(&needed(row.text(3)?, "sessions.role")?)?,
        created_at: needed(row.time(4)?, "sessions.created_at")?,
        last_seen_at: needed(row.time(5)?, "sessions.last_seen_at")?,
        ends_at: needed(row.time(6)?, "sessions.ends_at")?,
        ended,
        card_state: state(row, 9)?,
        card_no: CardNo(needed(row.text(13)?, "cards.card_no")?),
        holder_name: needed(row.text(14)?, "cards.holder_name")?,
        enterprise_code: needed(row.text(15)?, "enterprises.code")?,
        enterprise_name: needed(row.text(16)?, "enterprises.name")?,
        locked_until: row.time(17)?,
    })
}
