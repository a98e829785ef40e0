//! Cards that an act on several left as they were.

use card_domain::CardId;
use event_log::EventFacts;

use crate::storage::{
    SqlStore, StoreError,
    row::Row,
    rows::event::{leaf, select_event},
    value::arguments,
};

/// Refusals that are read in one go.
const BATCH: u32 = 100;

impl SqlStore {
    /// Whether the log says that the card was left out of what was done under the statement
    /// with this nonce. Its signature lies open in the events of the other cards, and is
    /// over this one, too.
    ///
    /// # Errors
    ///
    /// Those of every read. See [`SqlStore`].
    pub async fn is_left_out(
        &self,
        card: CardId,
        act: &str,
        nonce: &str,
    ) -> Result<bool, StoreError> {
        let mut after = i64::MIN;
        loop {
            let rows = self
                .fetch_all(
                    select_event!(
                        "WHERE target_card = $1 AND act = $2 AND outcome = 'refused' \
                         AND seq > $3 ORDER BY seq LIMIT $4"
                    ),
                    arguments![card, act, after, BATCH],
                )
                .await?;
            for row in &rows {
                if names(row, nonce)? {
                    return Ok(true);
                }
            }
            match rows.last() {
                Some(last) if rows.len() == BATCH as usize => after = last.get("seq")?,
                _ => return Ok(false),
            }
        }
    }
}

/// Whether a refusal is of what stands under this nonce.
fn names(row: &Row, nonce: &str) -> Result<bool, StoreError> {
    let leaf = leaf(row)?;
    // What can't be read is no refusal that this server wrote.
    let facts = leaf.body().ok().map(|body| EventFacts::read(body.facts));
    Ok(facts.is_some_and(|facts| facts.left_out_of.as_deref() == Some(nonce)))
}
