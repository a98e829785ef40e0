//! One event of a card after the other, for who follows a single card.

#[cfg(test)]
mod tests;

use super::rules;
use crate::{body::Body, card_facts::CardFacts, facts::EventFacts, leaf::Leaf};

/// What an event says that decides about its card; none when it says nothing of that.
///
/// # Errors
///
/// When it says it in a form that can't be read.
pub(super) fn said(body: &Body<'_>) -> Result<Option<CardFacts>, serde_json::Error> {
    let Some(json) = body.facts.filter(|facts| facts.contains("\"card\"")) else {
        return Ok(None);
    };
    serde_json::from_str::<EventFacts>(json).map(|facts| facts.card)
}

/// What decides about a card after its next event; none when the event says nothing of
/// that and need not. Before the first one it is nothing that it follows. With
/// `may_lack`, the events before the first one may be in archives.
///
/// # Errors
///
/// What does not fit, by the name of the column.
pub fn link(
    before: Option<&CardFacts>,
    may_lack: bool,
    leaf: &Leaf<'_>,
    body: &Body<'_>,
) -> Result<Option<CardFacts>, &'static str> {
    let after = said(body).map_err(|_form| "form")?;
    let Some(after) = after else {
        // Before its baseline no event of a card from before said it.
        let is_silent = before.is_some() && rules::must_say(leaf);
        return if is_silent {
            Err("change, which is not said")
        } else {
            Ok(None)
        };
    };
    let Some(before) = before else {
        let begins = may_lack || rules::may_begin(leaf, &after);
        return if begins {
            Ok(Some(after))
        } else {
            Err("beginning")
        };
    };
    if leaf.act == rules::BASELINE {
        return Err("second baseline");
    }
    if rules::state_signed(leaf, body).is_some_and(|signed| signed != before.state) {
        return Err("state, which is not the one that was signed");
    }
    match rules::misfit(leaf, body, before, &after) {
        None => Ok(Some(after)),
        Some(column) => Err(column),
    }
}
