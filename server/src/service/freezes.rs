//! Freezes that end by themselves. Whoever decides by a card's state asks the clock
//! ([`CardState::at`]); what lists and counts by the column finds it as the clock has it,
//! since every request that could see it first has written down what is over by its own
//! time. So no job has to run for a card to be good again at its end.

use card_domain::{CardId, ClientInfo, EnterpriseId, EventAct, EventOutcome};
use event_log::EventFacts;
use jiff::Timestamp;

use super::{Service, ServiceError};
use crate::storage::{EndedFreeze, NewEvent, StoreError};

/// Ended freezes that are written down in one go.
const ENDED_BATCH: u32 = 100;

impl Service {
    /// Writes down which freezes had their end by `now`, each with its event. A row that is
    /// not what the log says is left as it is: it opens nothing. Where nothing can be
    /// written, the clock decides alone.
    ///
    /// # Errors
    ///
    /// Those of a read.
    pub(crate) async fn end_freezes(&self, now: Timestamp) -> Result<(), ServiceError> {
        // It can't be undone, so it is not done while nobody knows the time, nor by a time
        // from before that was put right: a request may have begun under a clock ahead.
        let Some(sure) = self.clock.sure() else {
            return Ok(());
        };
        let now = now.min(sure);
        let mut last = None;
        loop {
            let store = &self.store;
            let ended = store.ended_freezes(now, last.as_ref(), ENDED_BATCH).await?;
            for EndedFreeze {
                card, enterprise, ..
            } in &ended
            {
                match self.end_freeze(*card, *enterprise, now).await {
                    Ok(()) => {}
                    // Nobody can read it: it opens nothing, and hides no other.
                    Err(ServiceError::Store(error @ StoreError::Corrupt { .. })) => {
                        tracing::error!(%error, %card, "a card's row can't be read");
                    }
                    Err(error) => {
                        tracing::warn!(%error, %card, "a freeze that had its end can't be written down");
                        // Whoever asks waits for one write, not for each.
                        return Ok(());
                    }
                }
            }
            if ended.len() < ENDED_BATCH as usize {
                return Ok(());
            }
            // What somebody else wrote down, or nobody can explain, is passed by.
            last = ended.last().copied();
        }
    }

    async fn end_freeze(
        &self,
        card: CardId,
        enterprise: EnterpriseId,
        now: Timestamp,
    ) -> Result<(), ServiceError> {
        let Ok(explained) = self.provenance.explain(card, now).await? else {
            return Ok(());
        };
        let state = explained.facts.state;
        if state.until().is_none_or(|until| until > now) {
            return Ok(());
        }
        let newest = self
            .store
            .newest_done(enterprise, card, EventAct::Freeze)
            .await?;
        let freeze = newest.filter(|event| Some(event.at) == state.since());
        let facts = EventFacts {
            before: Some(state),
            after: Some(state.at(now)),
            freeze: freeze.map(|event| event.seq),
            ..EventFacts::default()
        };
        let event = NewEvent {
            at: now,
            enterprise: Some(enterprise),
            actor: None,
            act: EventAct::FreezeEnded,
            target: Some(card),
            outcome: EventOutcome::Done,
            statement: None,
            // By the clock, and from nowhere.
            client: ClientInfo::default(),
            detail: None,
            facts: Some(facts.to_json()?),
        };
        match self.store.end_freeze(card, now, event).await {
            // Or it changed between two reads: whoever changed it knows its state.
            Ok(_) | Err(StoreError::Unexplained { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
