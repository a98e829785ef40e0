//! An act: the one statement that changes a card under all its conditions,
//! and the values of it and of the event, which both databases bind alike.

use event_log::{CardFacts, EventFacts};

use super::{event, state::StateColumns};
use crate::storage::{
    Act, NewEvent, StoreError,
    error::corrupt,
    value::{Value, arguments},
};

/// Changes the card if it is still as it was seen and the session still
/// lives. Its placeholders are those of [`bind`].
macro_rules! change_of_card {
    () => {
        concat!(
            "UPDATE cards SET state = $14, state_since = $15, \
             lost_from = $16, lost_from_since = $17, \
             state_until = $19, lost_from_until = $20, version = version + 1 \
             WHERE id = $8 AND enterprise_id = $9 AND state = $10 AND version = $11 \
             AND state_event = $18 AND EXISTS (",
            $crate::storage::rows::session::legal_person_at_work!("$12", "$9", "$13"),
            ")"
        )
    };
}
pub(in crate::storage) use change_of_card;

/// How many values [`bind`] adds.
pub(in crate::storage) const ACT_VALUES: usize = event::EVENT_VALUES + 13;

/// The body of an act's event: under its statement, with what decides about the card
/// after it.
pub(in crate::storage) fn body(act: &Act) -> Result<Vec<u8>, StoreError> {
    let facts = EventFacts {
        card: Some(CardFacts {
            state: act.after,
            ..act.explained.facts.clone()
        }),
        ..EventFacts::read(act.event.facts.as_deref())
    };
    let facts = facts.to_json().map_err(|_json| corrupt("facts"))?;
    let event = NewEvent {
        facts: Some(facts),
        statement: Some((&act.signed).into()),
        ..act.event.clone()
    };
    Ok(event::body(&event))
}

/// Adds the values of an act: the event's, then those of the change.
pub(in crate::storage) fn bind<'a>(act: &'a Act, body: &'a [u8], all: &mut Vec<Value<'a>>) {
    let after = StateColumns::from(act.after);
    let change: &[Value<'a>; ACT_VALUES - event::EVENT_VALUES] = arguments![
        act.card,
        act.enterprise,
        act.before.name().name(),
        act.version,
        &act.session,
        act.at,
        after.state,
        after.since,
        after.lost_from,
        after.lost_from_since,
        act.explained.event,
        after.until,
        after.lost_from_until,
    ];
    all.extend_from_slice(&event::values(&act.event, body));
    all.extend_from_slice(change);
}
